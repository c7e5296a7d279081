//! Writes event logs (.evtx).

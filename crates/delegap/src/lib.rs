//! Offline analyzer that says why Hyper-V live migrations fail.

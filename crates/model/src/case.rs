//! Everything that was read of one customer case.

use crate::{Cluster, ClusterNode, Computer, Event, Group, InputSummary, InstalledUpdate, Os, User, VmHost};

/// One thing that a parser read.
#[expect(clippy::large_enum_variant, reason = "nearly all records are events, the largest variant but one")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A record of an event log.
    Event(Event),
    /// A computer object.
    Computer(Computer),
    /// A user object.
    User(User),
    /// A group.
    Group(Group),
    /// An installed update.
    Update(InstalledUpdate),
    /// A Hyper-V host's settings.
    VmHost(VmHost),
    /// A cluster node.
    ClusterNode(ClusterNode),
    /// A cluster.
    Cluster(Cluster),
    /// Operating system facts.
    Os(Os),
}

/// What the engine diagnoses. Its order does not matter: the engine sorts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Case {
    /// All records of all inputs.
    pub records: Vec<Record>,
    /// One summary per input.
    pub inputs: Vec<InputSummary>,
}

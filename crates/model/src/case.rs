//! Everything that was read of one customer case.

use crate::{
    AttributeMetadata, ClockSample, Cluster, ClusterNode, Computer, DeviceGuard, Event, Group, InputSummary,
    InstalledUpdate, MachineSid, MigrationNetwork, Os, SecurityPolicy, TicketCache, User, VmHost,
};

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
    /// Cached tickets of one logon session.
    Tickets(TicketCache),
    /// Virtualization-based security of a host.
    DeviceGuard(DeviceGuard),
    /// A security policy.
    SecurityPolicy(SecurityPolicy),
    /// When an attribute changed.
    AttributeMetadata(AttributeMetadata),
    /// A measured clock difference.
    ClockSample(ClockSample),
    /// A network for migrations.
    MigrationNetwork(MigrationNetwork),
    /// A machine's own identifier.
    MachineSid(MachineSid),
}

/// What the engine diagnoses. Its order does not matter: the engine sorts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Case {
    /// All records of all inputs.
    pub records: Vec<Record>,
    /// One summary per input.
    pub inputs: Vec<InputSummary>,
    /// What the customer says, which no file shows.
    pub testimony: Testimony,
}

/// What the customer says. It is weighed against the logs, never put in their place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Testimony {
    /// The progress, in percent, between which moves stop.
    pub stall: Option<(u8, u8)>,
}

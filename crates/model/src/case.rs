//! Everything that was read of one customer case.

use crate::{
    AttributeMetadata, ChannelFailures, ClockSample, Cluster, ClusterNetwork, ClusterNode, ClusterTest, Computer,
    DeviceGuard, Event, EventText, Group, InputSummary, InstalledBuild, InstalledUpdate, MachineSid, MigrationNetwork,
    Os, PolicyScope, SecureChannel, SecurityPolicy, SourceRef, TicketCache, TimeService, User, VirtualMachine, VmHost,
};

/// One thing that a parser read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A record of an event log.
    Event(Box<Event>),
    /// A computer object.
    Computer(Box<Computer>),
    /// A user object.
    User(Box<User>),
    /// A group.
    Group(Box<Group>),
    /// An installed update.
    Update(Box<InstalledUpdate>),
    /// A build that an update made.
    Build(Box<InstalledBuild>),
    /// A Hyper-V host's settings.
    VmHost(Box<VmHost>),
    /// A cluster node.
    ClusterNode(Box<ClusterNode>),
    /// A cluster.
    Cluster(Box<Cluster>),
    /// A cluster's network.
    ClusterNetwork(Box<ClusterNetwork>),
    /// A test of a cluster's validation.
    ClusterTest(Box<ClusterTest>),
    /// A virtual machine.
    VirtualMachine(Box<VirtualMachine>),
    /// Operating system facts.
    Os(Box<Os>),
    /// Cached tickets of one logon session.
    Tickets(Box<TicketCache>),
    /// Virtualization-based security of a host.
    DeviceGuard(Box<DeviceGuard>),
    /// A security policy.
    SecurityPolicy(Box<SecurityPolicy>),
    /// When an attribute changed.
    AttributeMetadata(Box<AttributeMetadata>),
    /// A measured clock difference.
    ClockSample(Box<ClockSample>),
    /// A network for migrations.
    MigrationNetwork(Box<MigrationNetwork>),
    /// A machine's own identifier.
    MachineSid(Box<MachineSid>),
    /// A host's secure channel.
    SecureChannel(Box<SecureChannel>),
    /// Failed setups of a host's secure channel.
    ChannelFailures(Box<ChannelFailures>),
    /// A host's time service.
    TimeService(Box<TimeService>),
    /// The text of a message.
    EventText(Box<EventText>),
}

impl Record {
    /// Where it was read.
    pub fn at(&self) -> &SourceRef {
        match self {
            Record::Event(r) => &r.at,
            Record::Computer(r) => &r.at,
            Record::User(r) => &r.at,
            Record::Group(r) => &r.at,
            Record::Update(r) => &r.at,
            Record::Build(r) => &r.at,
            Record::VmHost(r) => &r.at,
            Record::ClusterNode(r) => &r.at,
            Record::Cluster(r) => &r.at,
            Record::ClusterNetwork(r) => &r.at,
            Record::ClusterTest(r) => &r.at,
            Record::VirtualMachine(r) => &r.at,
            Record::Os(r) => &r.at,
            Record::Tickets(r) => &r.at,
            Record::DeviceGuard(r) => &r.at,
            Record::SecurityPolicy(r) => &r.at,
            Record::AttributeMetadata(r) => &r.at,
            Record::ClockSample(r) => &r.at,
            Record::MigrationNetwork(r) => &r.at,
            Record::MachineSid(r) => &r.at,
            Record::SecureChannel(r) => &r.at,
            Record::ChannelFailures(r) => &r.at,
            Record::TimeService(r) => &r.at,
            Record::EventText(r) => &r.at,
        }
    }

    /// The host that a record of one host's state is about: `Some(None)` if the record does not name it, `None` if the
    /// record is about no host's own state.
    pub fn host(&self) -> Option<Option<&str>> {
        match self {
            Record::Update(r) => Some(r.host.as_deref()),
            Record::Build(r) => Some(r.host.as_deref()),
            Record::VmHost(r) => Some(Some(&r.name)),
            Record::VirtualMachine(r) => Some(r.host.as_deref()),
            Record::Os(r) => Some(r.host.as_deref()),
            Record::Tickets(r) => Some(r.host.as_deref()),
            Record::DeviceGuard(r) => Some(r.host.as_deref()),
            Record::SecurityPolicy(r) if r.scope == PolicyScope::Host => Some(r.host.as_deref()),
            Record::ClockSample(r) => Some(r.host.as_deref()),
            Record::MigrationNetwork(r) => Some(r.host.as_deref()),
            Record::MachineSid(r) => Some(r.host.as_deref()),
            Record::SecureChannel(r) => Some(r.host.as_deref()),
            Record::ChannelFailures(r) => Some(r.host.as_deref()),
            Record::TimeService(r) => Some(r.host.as_deref()),
            Record::Event(_)
            | Record::EventText(_)
            | Record::Computer(_)
            | Record::User(_)
            | Record::Group(_)
            | Record::ClusterNode(_)
            | Record::Cluster(_)
            | Record::ClusterNetwork(_)
            | Record::ClusterTest(_)
            | Record::SecurityPolicy(_)
            | Record::AttributeMetadata(_) => None,
        }
    }
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

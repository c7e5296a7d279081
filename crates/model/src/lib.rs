//! The nouns that cross delegap's crates: what parsers yield, what the engine concludes, what reports show.
//!
//! Nothing here reads a file or words a text for a person. Times are UTC unless a type says otherwise.

mod attempt;
mod case;
mod code;
mod diagnosis;
mod directory;
mod event;
mod explanation;
mod facts;
mod finding;
mod host;
mod ids;
mod input;
mod inspection;
mod names;
mod onset;
mod source;
mod tri;
mod update;
mod weighing;

pub use attempt::*;
pub use case::{Case, Record, Testimony};
pub use code::Code;
pub use diagnosis::*;
pub use directory::{Computer, Group, Principal, User, uac};
pub use event::{Event, EventText, Field, Fields, Rendering};
pub use explanation::{Explanation, Item, Part};
pub use facts::{
    AttributeMetadata, ChannelFailures, ClockSample, DeviceGuard, MachineSid, MigrationNetwork, PolicyScope,
    SecureChannel, SecurityPolicy, Ticket, TicketCache, TimeService, Yearless,
};
pub use finding::*;
pub use host::{AuthenticationType, Cluster, ClusterNetwork, ClusterNode, ClusterTest, Os, VirtualMachine, VmHost};
pub use ids::{Guid, Sid};
pub use input::{
    Condition, Cover, EventKey, InputSummary, Kind, Limits, Parsed, Problem, Recovered, Selection, Written,
};
pub use inspection::{Answer, HostSource, InspectedInput, Inspection};
pub use names::{Spn, fold, is_address, same_name, short_name};
pub use onset::{ChangePoint, Onset, OnsetCandidate, OnsetKind, Week, Weight};
pub use source::{Place, SourceRef};
pub use tri::{Tri, Why};
pub use update::{InstalledBuild, InstalledUpdate, UpdateSource, When};
pub use weighing::{Agreement, Counterfactual, ReportedStall, RuledOut, ValueChange};

/// A moment in UTC. Windows keeps 100 ns steps; reports print seven fraction digits.
pub type Time = chrono::DateTime<chrono::Utc>;

//! A customer's case, described; and every file that such a customer sends, made from the description.
//!
//! [`Case`] says what is true: hosts, delegation, updates, and which virtual machine moved when, from where to where,
//! and how that ended. [`Case::input_files`] writes what the customer would send of it. Same description, same bytes.

mod build;
pub mod clixml;
pub mod cluster_log;
pub mod directory;
pub mod dumps;
pub(crate) mod events;
pub mod json;
mod logs;
mod moves;
pub mod names;
mod noise;
pub mod security_log;
pub mod system_log;
pub mod text;
mod truth;
mod types;
pub mod updates;
pub mod vmms_log;
pub mod worker_log;

pub use directory::{DirectoryFormat, Join};
pub use dumps::DumpFormat;
pub use logs::Channel;
pub use moves::{ClusterStyle, Ending, Initiator, Move};
pub use truth::Truth;
pub use types::*;
pub use updates::UpdateFormat;

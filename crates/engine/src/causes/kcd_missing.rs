//! The source has no entry for the destination.

use super::{Rule, gap};

pub(super) const RULE: Rule =
    Rule { id: "kcd-missing", judge: |context| gap::judge(context, "kcd-missing", |_, _, _, _, _| {}) };

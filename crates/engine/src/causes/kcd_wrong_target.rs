//! The migration entry is for a name that is not the destination's, or on another object than the source.

use super::{Rule, gap};

pub(super) const RULE: Rule =
    Rule { id: "kcd-wrong-target", judge: |context| gap::judge(context, "kcd-wrong-target", |_, _, _, _, _| {}) };

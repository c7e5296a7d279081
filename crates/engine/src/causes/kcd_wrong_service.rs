//! The list names the destination, but not the migration service in its plain form.

use super::{Rule, gap};

pub(super) const RULE: Rule =
    Rule { id: "kcd-wrong-service", judge: |context| gap::judge(context, "kcd-wrong-service", |_, _, _, _, _| {}) };

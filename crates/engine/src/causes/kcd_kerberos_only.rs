//! Listed, but "Use Kerberos only" on a source whose remote management holds no forwardable ticket of the user.

use super::{Rule, gap};

pub(super) const RULE: Rule = Rule {
    id: "kcd-kerberos-only",
    judge: |context| {
        gap::judge(context, "kcd-kerberos-only", |claim, _, _, _, _| {
            claim.caveats.push(
                "Published guides, among them old vendor advice and a widely copied repair text, name \"Use Kerberos only\" first; that \
                 was right up to Server 2012 R2 and is what stops remote moves from Server 2016 on."
                    .to_owned(),
            );
        })
    },
};

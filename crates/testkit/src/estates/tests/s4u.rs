//! A second model of S4U2proxy ([MS-SFU] 3.2.5), on the exported computer objects, against the truth of the moves.

use super::super::exports::rows;
use super::super::moves::{Ending, Move};
use super::super::world::{HostId, Time, World};
use super::super::{faults::Phase, world};
use crate::case::directory::ComputerRow;
use crate::case::{Authentication, Initiator, Os};
use crate::estates::dice::Dice;

/// Causes that the directory alone decides.
const IN_THE_DIRECTORY: [&str; 8] = [
    "kcd-missing",
    "kcd-wrong-service",
    "kcd-wrong-target",
    "kcd-name-form-incomplete",
    "kcd-kerberos-only",
    "kcd-cross-domain",
    "unconstrained-delegation",
    "initiator-not-delegable",
];
const TRUSTED_TO_AUTH_FOR_DELEGATION: u32 = 0x100_0000;

/// What a domain controller answers to the two names of the destination's migration service.
#[derive(Debug, PartialEq)]
enum Answer {
    Ticket,
    OneNameOnly,
    Refused,
}

#[test]
fn a_second_model_of_delegation_agrees() {
    let (mut granted, mut refused) = (0, 0);
    for index in 0..400 {
        let w = world(&mut Dice::new(5, index), index);
        if w.authentication != Authentication::Kerberos {
            continue;
        }
        for m in w.moves.iter().filter(|m| m.by == Initiator::Remote && settled(&w, m)) {
            let Some(answer) = answer(&w, m) else { continue };
            let (ends, gets_through) = match m.ending {
                Ending::Completed => ("completed", true),
                Ending::Unfinished => continue,
                Ending::Failed(fault) => {
                    let fault = &w.faults[fault];
                    let in_directory = IN_THE_DIRECTORY.contains(&fault.cause);
                    if !in_directory && fault.phase <= Phase::Authenticate {
                        continue;
                    }
                    (fault.cause, !in_directory)
                }
            };
            let told = format!("estate {index}: {} -> {} at {}: {ends}", w.name(m.from), w.name(m.to), m.at);
            assert_eq!(answer == Answer::Ticket, gets_through, "{told}, {answer:?}");
            assert_eq!(answer == Answer::OneNameOnly, ends == "kcd-name-form-incomplete", "{told}, {answer:?}");
            *(if gets_through { &mut granted } else { &mut refused }) += 1;
        }
    }
    assert!(granted > 500 && refused > 200, "{granted} granted, {refused} refused");
}

/// The exported objects are those of the move's time.
fn settled(w: &World, m: &Move) -> bool {
    [m.from, m.to].iter().all(|h| w.machines[*h].base.changed <= m.at)
}

/// None where the destination's name leads to no account or to several: that is not delegation's matter.
fn answer(w: &World, m: &Move) -> Option<Answer> {
    let all: Vec<(usize, ComputerRow)> =
        (0..w.domains.len()).flat_map(|domain| rows(w, domain).into_iter().map(move |row| (domain, row))).collect();
    let object = |host: HostId| all.iter().find(|(_, row)| row.name == w.machines[host].base.name);
    let (source_domain, source) = object(m.from)?;
    let user = &w.users[m.user];
    if user.sensitive || user.protected {
        return Some(Answer::Refused);
    }
    let mut tickets = 0;
    let full = format!("{}.{}", w.machines[m.to].base.name, w.domains[w.machines[m.to].domain].dns);
    for name in [w.machines[m.to].base.name.clone(), full] {
        let spn = format!("Microsoft Virtual System Migration Service/{name}");
        let has = |list: &[String]| list.iter().any(|entry| entry.eq_ignore_ascii_case(&spn));
        let holders: Vec<_> = all.iter().filter(|(_, row)| has(&row.spns)).collect();
        let [(domain, target)] = holders.as_slice() else { return None };
        let listed = domain == source_domain && has(&source.services) && forwardable(w, m.from, m.at, source);
        let by_resource = target.allowed_to_act.contains(&source.distinguished_name);
        tickets += usize::from(listed || by_resource);
    }
    [Answer::Refused, Answer::OneNameOnly, Answer::Ticket].into_iter().nth(tickets)
}

/// The administrator's ticket to the source may be passed on: up to 2012 R2 it is the administrator's own; later releases
/// make one themselves, and it may only with TRUSTED_TO_AUTH_FOR_DELEGATION.
fn forwardable(w: &World, source: HostId, at: Time, row: &ComputerRow) -> bool {
    let release = match w.machines[source].was {
        Some((before, until)) if at < until => before,
        _ => w.machines[source].base.os,
    };
    release == Os::W2012R2 || row.account_control & TRUSTED_TO_AUTH_FOR_DELEGATION != 0
}

//! No network for the move is available.

use super::listener::connect_codes;
use super::stated::silent_without_peer;
use super::support::{is_party, joined};
use super::{Claim, Context, Exclusion, Rule, Ruling};
use crate::attempts::Attempt;
use crate::hosts::HostId;
use crate::knowledge::Meaning;
use chrono::Duration;
use delegap_model::{ClusterNetwork, Confidence, Evidence, same_name};
use ipnet::IpNet;
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule { id: "migration-network-unavailable", judge };

/// The cluster reports a network that went down within this of a move that needs it.
const NETWORK: Duration = Duration::minutes(10);

fn judge(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    let mut untold = BTreeSet::new();
    for (index, attempt) in context.failed() {
        let stated = attempt.means(&[Meaning::NetworkUnavailable]);
        // At the destination the same code belongs to its listener; what a blocked port gives too shows nothing by itself.
        let coded = context
            .leading(attempt, RULE.id)
            .iter()
            .any(|(code, s)| !context.is_ambiguous(*code) && !s.means(Meaning::ListenerDown));
        let apart = subnets(context, attempt);
        if !stated && !coded {
            match apart {
                Some((false, evidence)) if attempt.means(&[Meaning::ConnectFailed]) => {
                    let why = "The two hosts have a migration network in common.".to_owned();
                    ruling.excluded.push(Exclusion { attempt: index, why, evidence });
                }
                // A listener that is bound to another network is not reached either.
                None if !connect_codes(context, attempt).is_empty() => {
                    untold.extend([attempt.source, attempt.destination].into_iter().flatten().map(|h| estate.name(h)));
                }
                _ => {}
            }
            continue;
        }
        let down: Vec<Evidence> = [Meaning::ClusterNetworkDown, Meaning::NetworkUnavailable]
            .into_iter()
            .flat_map(|m| context.near(m, attempt, NETWORK))
            .filter(|s| s.rule.about_host && is_party(attempt, s.host))
            .map(|s| context.shown(s))
            .collect();
        let (unusable, ailing) = cluster_networks(context, attempt);
        let disjoint = apart.filter(|(disjoint, _)| *disjoint).map(|(_, evidence)| evidence).unwrap_or_default();
        let proved = !down.is_empty() || !disjoint.is_empty() || unusable;
        let mut claim = Claim::new(context, index, if proved { Confidence::Confirmed } else { Confidence::Likely });
        claim.facts = down.into_iter().chain(disjoint).collect();
        if unusable {
            claim.facts.extend(ailing)
        } else {
            claim.evidence.extend(ailing)
        }
        claim.raise.push(
            "Get-ClusterNetwork | Format-List Name, Role, State, Address; Get-VMMigrationNetwork on both hosts; Get-NetIPAddress on both hosts".to_owned(),
        );
        ruling.claims.push(claim);
    }
    if !untold.is_empty() {
        ruling.missing.push(format!("migration networks of {}", joined(untold)));
    }
    silent_without_peer(context, &mut ruling);
    ruling
}

/// Whether the migration networks of the two hosts have no subnet in common; `None` where one is not known, or a host takes
/// moves on any network.
fn subnets(context: &Context<'_>, attempt: &Attempt) -> Option<(bool, Vec<Evidence>)> {
    let of = |host: Option<HostId>| {
        let host = host?;
        let networks = Some(&context.estate.of(host).networks).filter(|_| !context.estate.of(host).any_network)?;
        let list: Vec<String> = networks.iter().map(|n| n.subnet.clone()).collect();
        let first = networks.first()?;
        let says = format!("migration networks: {}", list.join(", "));
        Some((list, Evidence::stated(first.at.clone(), Some(context.estate.name(host)), says)))
    };
    let (a, b) = (of(attempt.source)?, of(attempt.destination)?);
    let common = a.0.iter().any(|n| b.0.iter().any(|m| overlap(n, m)));
    Some((!common, vec![a.1, b.1]))
}

/// Networks of the hosts' cluster that moves can't use, as a dump shows them at a time that it does not tell, and whether
/// they are all there are.
fn cluster_networks(context: &Context<'_>, attempt: &Attempt) -> (bool, Vec<Evidence>) {
    let cluster = |host: Option<HostId>| host.and_then(|h| context.estate.of(h).cluster.as_ref()).map(|c| &c.value);
    let own = cluster(attempt.source).filter(|own| Some(*own) == cluster(attempt.destination));
    let Some(own) = own else { return (false, Vec::new()) };
    let clusters: BTreeSet<&String> =
        context.estate.facts.iter().filter_map(|f| f.cluster.as_ref()).map(|c| &c.value).collect();
    let of_cluster = |n: &&ClusterNetwork| match &n.cluster {
        // A cluster that no dump names has a key in parentheses.
        Some(name) if !own.starts_with('(') => same_name(name, own),
        _ => clusters.len() == 1,
    };
    let mut all = true;
    let mut unusable = Vec::new();
    for network in context.estate.cluster_networks.iter().filter(of_cluster) {
        let why = match (network.up.known(), network.used_by_cluster.known()) {
            (_, Some(false)) => "has the role None",
            (Some(false), _) => "is not up",
            _ => {
                all = false;
                continue;
            }
        };
        let says = format!("cluster network {} {why} in the dump", network.name);
        unusable.push(Evidence::stated(network.at.clone(), None, says));
    }
    (all && !unusable.is_empty(), unusable)
}

/// True if two subnets have addresses in common; one that can't be read is only like itself.
fn overlap(a: &str, b: &str) -> bool {
    match (a.trim().parse::<IpNet>(), b.trim().parse::<IpNet>()) {
        (Ok(x), Ok(y)) => x.contains(&y.network()) || y.contains(&x.network()),
        _ => a == b,
    }
}

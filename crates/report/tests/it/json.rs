//! The JSON report against its schema, its values, and the frozen set of its keys.

use crate::cases::{empty, rich};
use delegap_model::*;
use delegap_report::{SCHEMA, json};
use jsonschema::Validator;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::LazyLock;

fn parsed(d: &Diagnosis) -> Value {
    let text = json::to_string(d);
    assert!(text.ends_with("}\n"), "ends with one line break");
    serde_json::from_str(&text).unwrap()
}

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    assert!(jsonschema::draft202012::meta::is_valid(&schema), "the schema is a schema");
    jsonschema::draft202012::new(&schema).unwrap()
});

fn complaints(report: &Value) -> Vec<String> {
    VALIDATOR.iter_errors(report).map(|e| format!("{}: {e}", e.instance_path)).collect()
}

#[test]
fn reports_match_the_schema() {
    assert_eq!(complaints(&parsed(&empty())), [] as [String; 0]);
    assert_eq!(complaints(&parsed(&rich())), [] as [String; 0]);
    let mut unknowns = rich();
    let a = &mut unknowns.attempts[0];
    (a.vm_name, a.vm_id, a.source, a.destination, a.started, a.ended) = (None, None, None, None, None, None);
    (a.stopped_in, a.initiator, a.user, a.failed_side) = (None, None, Some(String::new()), None);
    let h = &mut unknowns.hosts[0];
    (h.fqdn, h.os, h.build, h.cluster, h.domain, h.authentication_type) = (None, None, None, None, None, None);
    (h.credential_guard, h.services, h.latest_update, h.clock_offset_s) = (None, None, None, None);
    unknowns.inputs[0].covers[0].channel = String::new();
    unknowns.inputs[0].problems[0].lost = String::new();
    unknowns.findings[0].evidence[0] = Evidence::stated(SourceRef::new("f", ""), None, "x");
    unknowns.pairs[0].required = None;
    assert_eq!(complaints(&parsed(&unknowns)), [] as [String; 0]);
}

#[test]
fn every_enum_value_matches_the_schema() {
    let mut d = rich();
    let check = |d: &Diagnosis| assert_eq!(complaints(&parsed(d)), [] as [String; 0]);
    for kind in Kind::ALL {
        d.inputs[0].kind = kind;
        check(&d);
    }
    let mut each = |set: &mut dyn FnMut(&mut Diagnosis, usize), n: usize| {
        for i in 0..n {
            set(&mut d, i);
            check(&d);
        }
    };
    use {AuthenticationType as At, DelegationKind as Dk, OnsetKind as Ok, PairVerdict as Pv, Phase as P, Status as S};
    let statuses = [S::CauseFound, S::GapsOnly, S::NoCauseProven, S::NoFailures, S::InsufficientEvidence];
    each(&mut |d, i| d.verdict.status = statuses[i], 5);
    use Class as C;
    let classes = [
        C::Delegation,
        C::Authentication,
        C::Network,
        C::Compatibility,
        C::Resource,
        C::Storage,
        C::Cluster,
        C::Service,
    ];
    each(&mut |d, i| d.verdict.class = Some(classes[i]), 8);
    let confidences = [Confidence::Possible, Confidence::Likely, Confidence::Confirmed];
    each(&mut |d, i| d.verdict.confidence = Some(confidences[i]), 3);
    each(&mut |d, i| d.findings[0].severity = [Severity::Info, Severity::Warning, Severity::Error][i], 3);
    each(&mut |d, i| d.hosts[0].authentication_type = Some([At::CredSsp, At::Kerberos][i]), 2);
    let kinds = [Dk::None, Dk::Unconstrained, Dk::KerberosOnly, Dk::AnyProtocol, Dk::Unknown];
    each(&mut |d, i| d.hosts[0].delegation = kinds[i], 5);
    let verdicts = [Pv::Ok, Pv::Gap, Pv::Warning, Pv::Unknown, Pv::NotRequired];
    each(&mut |d, i| d.pairs[0].verdict = verdicts[i], 5);
    let phases = [P::Listen, P::Connect, P::Authenticate, P::Plan, P::Compatibility, P::Transfer, P::HandOver];
    each(&mut |d, i| d.attempts[0].stopped_in = Some(phases[i]), 7);
    let changes = [Ok::Update, Ok::DirectoryChange, Ok::OsUpgrade, Ok::Policy, Ok::Reboot];
    each(&mut |d, i| d.onset.as_mut().unwrap().candidates[0].what = changes[i], 5);
    each(&mut |d, i| d.onset.as_mut().unwrap().candidates[0].weight = [Weight::Weak, Weight::Strong][i], 2);
    each(&mut |d, i| d.attempts[0].outcome = [Outcome::Failed, Outcome::Completed, Outcome::Unknown][i], 3);
    let initiators = [Initiator::Local, Initiator::Remote, Initiator::Cluster];
    each(&mut |d, i| d.attempts[0].initiator = Some(initiators[i]), 3);
    let sides = [FailedSide::Source, FailedSide::Destination, FailedSide::Both];
    each(&mut |d, i| d.attempts[0].failed_side = Some(sides[i]), 3);
    each(&mut |d, i| d.findings[0].remediation[0].shell = [None, Some(Shell::Cmd), Some(Shell::PowerShell)][i], 3);
}

#[test]
fn the_schema_is_strict() {
    let good = parsed(&rich());
    let broken: [(&str, Value); 9] = [
        ("/verdict/status", json!("cause_found")),
        ("/verdict/headline", json!("")),
        ("/findings/0/evidence", json!([])),
        ("/findings/0/remediation/1/undo", Value::Null),
        ("/attempts/0/started", json!("2026-11-20T21:14:03Z")),
        ("/attempts/0/codes/0", json!("0x8009030E")),
        ("/inputs/0/kind", json!("xml")),
        ("/hosts/0/fqdn", json!("")),
        ("/checks/0/outcome", json!("ok")),
    ];
    for (path, value) in broken {
        let mut report = good.clone();
        *report.pointer_mut(path).unwrap() = value;
        assert_eq!(complaints(&report).len(), 1, "{path}");
    }
    each_object(&good, "", &mut |path| {
        let mut more = good.clone();
        more.pointer_mut(path).unwrap()["surprise"] = json!(1);
        assert!(!complaints(&more).is_empty(), "an extra field at {path} goes unseen");
        for key in good.pointer(path).unwrap().as_object().unwrap().keys() {
            let mut less = good.clone();
            less.pointer_mut(path).unwrap().as_object_mut().unwrap().remove(key);
            assert!(!complaints(&less).is_empty(), "a missing {path}/{key} goes unseen");
        }
    });
}

fn each_object(value: &Value, path: &str, visit: &mut dyn FnMut(&str)) {
    match value {
        Value::Object(map) => {
            visit(path);
            map.iter().for_each(|(key, v)| each_object(v, &format!("{path}/{key}"), visit));
        }
        // The items of a list have one shape.
        Value::Array(items) => items.iter().take(1).for_each(|v| each_object(v, &format!("{path}/0"), visit)),
        _ => {}
    }
}

/// The contract: a key that goes, or comes unnoticed, fails here.
#[test]
fn keys_are_frozen() {
    let mut keys = BTreeSet::new();
    collect_keys(&parsed(&rich()), String::new(), &mut keys);
    let frozen: BTreeSet<String> = include_str!("v1-keys.txt").lines().map(str::to_owned).collect();
    assert_eq!(keys, frozen);
}

fn collect_keys(value: &Value, path: String, keys: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, v) in map {
                let path = format!("{path}.{key}");
                keys.insert(path.clone());
                collect_keys(v, path, keys);
            }
        }
        Value::Array(items) => items.iter().for_each(|v| collect_keys(v, format!("{path}[]"), keys)),
        _ => {}
    }
}

#[test]
fn values_are_spelt_as_the_contract_says() {
    let report = parsed(&rich());
    for (path, expected) in [
        ("/format", json!(1)),
        ("/schema", json!("report-v1.json")),
        ("/tool", json!({"name": "delegap", "version": env!("CARGO_PKG_VERSION")})),
        ("/verdict/status", json!("cause-found")),
        ("/directory/exported", json!("2026-11-20T22:14:03.0123456Z")),
        (
            "/findings/0/evidence/1",
            json!({"file": "HV01/VMMS-Admin.evtx", "at": ":118", "time": "2026-11-20T21:14:03.0123456Z", "host": "HV01",
                   "side": "source", "says": "TrustedToAuthForDelegation is False"}),
        ),
        ("/findings/0/remediation/1/step", json!(2)),
        ("/findings/0/remediation/1/shell", json!("powershell")),
        ("/findings/0/caveats/0", json!("The authentication type of HV01 is not known.")),
        ("/attempts/0/vm", json!({"name": "web-01", "id": "5a1b0c2d-0000-0000-0000-000000000001"})),
        ("/attempts/0/codes", json!(["0x8009030e"])),
        ("/attempts/0/progress_band", json!([0, 10])),
        ("/attempts/2/progress_band", Value::Null),
        ("/attempts/0/signals/0/event_id", json!(20306)),
        ("/hosts/0/authentication_type", json!("kerberos")),
        ("/hosts/0/delegation", json!({"kind": "kerberos-only", "services": ["cifs/HV02"]})),
        (
            "/pairs/1/attempts",
            json!({"failed": 2, "completed": 1, "last_failed": "2026-11-20T21:14:03.0123456Z",
                   "last_completed": "2026-11-20T21:15:33.0123456Z"}),
        ),
        ("/timeline/0/ref", json!({"file": "HV01/VMMS-Admin.evtx", "at": "#48213"})),
        ("/inputs/0/first", json!("2026-11-19T21:14:03.0123456Z")),
        ("/inputs/0/problems/0/at", json!("@0x1200")),
        ("/inputs/1/first", Value::Null),
        ("/inputs/1/records", Value::Null),
    ] {
        assert_eq!(report.pointer(path), Some(&expected), "{path}");
    }
}

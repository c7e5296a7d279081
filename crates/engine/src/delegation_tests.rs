//! The rules against a real KDC's answers, and the pair verdicts built on them.

use super::*;
use proptest::prelude::*;

/// Rows of the measurement. Cells are split at tabs and `|` only: blanks belong to the values.
fn oracle() -> Vec<Vec<&'static str>> {
    include_str!("../../../fixtures/oracle/kdc-matrix.tsv").lines().skip(1).map(|l| l.split('\t').collect()).collect()
}

#[test]
fn all_112_answers_of_a_real_kdc() {
    let rows = oracle();
    assert_eq!(rows.len(), 112);
    for row in rows {
        let [state, list, to_auth, _unconstrained, user, _rbcd, form, proof, answer, ..] = row.as_slice() else {
            panic!("short row {row:?}")
        };
        let list: Vec<Spn> = list.split('|').filter(|e| !e.is_empty()).map(Spn::new).collect();
        let requested = match *form {
            "short" => Spn::new("vsms/HV02"),
            "fqdn" => Spn::new("vsms/HV02.contoso.lab"),
            other => panic!("form {other}"),
        };
        let proof = match *proof {
            "protocol-transition" => Proof::ProtocolTransition,
            "kerberos-evidence" => Proof::UserTicket,
            other => panic!("proof {other}"),
        };
        let allowed = kdc_allows(&list, *to_auth == "1", *user == "normal", &requested, proof);
        assert_eq!(allowed, *answer == "allowed", "{state}: {row:?}");
    }
}

fn target() -> TargetState {
    TargetState {
        short: "hv02".into(),
        full: Some("hv02.contoso.lab".into()),
        domain: Some("contoso.lab".into()),
        allowed_to_act: Tri::KnownEmpty,
        ..TargetState::default()
    }
}

fn source(list: &[&str], to_auth: bool, build: u32) -> SourceState {
    SourceState {
        list: Tri::list(list.iter().map(|s| Spn::new(*s)).collect()),
        trusted_to_auth: Tri::Known(to_auth),
        unconstrained: Tri::Known(false),
        build: Some(build),
        domain: Some("contoso.lab".into()),
        authentication: Some(AuthenticationType::Kerberos),
        identities: vec![Principal { name: Some("HV01$".into()), ..Principal::default() }],
        in_directory: true,
    }
}

const SHORT: &str = "Microsoft Virtual System Migration Service/HV02";
const FULL: &str = "Microsoft Virtual System Migration Service/hv02.CONTOSO.lab";

fn gap(source: &SourceState, target: &TargetState) -> &'static str {
    match judge(source, target) {
        Answer::Refused { gap } => gap.id(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn version_decides_whether_kerberos_only_suffices() {
    for (build, refused) in [(9600, false), (14392, false), (14393, true), (26100, true)] {
        let answer = judge(&source(&[SHORT, FULL], false, build), &target());
        assert_eq!(matches!(answer, Answer::Refused { gap: Gap::KerberosOnly }), refused, "{build}: {answer:?}");
    }
    assert_eq!(judge(&source(&[SHORT, FULL], true, 20348), &target()), Answer::Allowed { by_resource: false });
}

#[test]
fn kinds_of_gap() {
    assert_eq!(gap(&source(&[], true, 20348), &target()), "kcd-missing");
    assert_eq!(gap(&source(&["cifs/HV03"], true, 20348), &target()), "kcd-missing");
    for entry in [
        "cifs/HV02",
        "HOST/hv02.contoso.lab",
        "Hyper-V Replica Service/HV02",
        "Microsoft Virtual System Migration/HV02",
        "Microsoft Virtual System Migration Service/HV02:6600",
        "Microsoft Virtual System Migration Service/HV02/contoso.lab",
        "Microsoft Virtual System Migration Service/HV02 ",
    ] {
        assert_eq!(gap(&source(&[entry], true, 20348), &target()), "kcd-wrong-service", "{entry}");
    }
    let aliased = TargetState { aliases: vec!["10.0.0.2".into()], ..target() };
    assert_eq!(
        gap(&source(&["Microsoft Virtual System Migration Service/10.0.0.2"], true, 20348), &aliased),
        "kcd-wrong-target"
    );
    let other_object = TargetState { listed_on: vec!["CLU01".into()], ..target() };
    assert_eq!(gap(&source(&[], true, 20348), &other_object), "kcd-wrong-target");
    let abroad = TargetState { domain: Some("other.lab".into()), full: Some("hv02.other.lab".into()), ..target() };
    let list = source(&["Microsoft Virtual System Migration Service/hv02.other.lab", SHORT], true, 20348);
    assert_eq!(gap(&list, &abroad), "kcd-cross-domain");
}

#[test]
fn a_host_of_the_same_short_name_in_another_domain_is_another_host() {
    let entry = "cifs/hv02.other.lab";
    assert_eq!(gap(&source(&[entry], true, 20348), &target()), "kcd-missing");
}

#[test]
fn one_name_form_is_not_enough() {
    let Answer::OneForm { missing, .. } = judge(&source(&[SHORT], true, 20348), &target()) else { panic!() };
    assert_eq!(missing.rest(), "hv02.contoso.lab");
    let Answer::OneForm { missing, .. } = judge(&source(&[FULL], true, 20348), &target()) else { panic!() };
    assert_eq!(missing.rest(), "HV02");
}

#[test]
fn resource_based_delegation_is_blocked_by_a_list_without_protocol_transition() {
    let allowing = TargetState {
        allowed_to_act: Tri::Known(vec![Principal { name: Some("CONTOSO\\hv01$".into()), ..Principal::default() }]),
        ..target()
    };
    assert_eq!(judge(&source(&[], false, 20348), &allowing), Answer::Allowed { by_resource: true });
    assert_eq!(judge(&source(&["cifs/HV03"], true, 20348), &allowing), Answer::Allowed { by_resource: true });
    assert_eq!(judge(&source(&["cifs/HV03"], false, 20348), &allowing), Answer::ResourceBlocked);
}

#[test]
fn what_is_not_known_is_never_a_gap() {
    let mut lost = source(&[], false, 20348);
    lost.list = Tri::NOT_EXPORTED;
    assert!(matches!(judge(&lost, &target()), Answer::Unknown(_)));
    let mut no_flag = source(&[SHORT, FULL], false, 20348);
    no_flag.trusted_to_auth = Tri::NOT_EXPORTED;
    assert!(matches!(judge(&no_flag, &target()), Answer::Unknown(_)));
    let mut no_build = source(&[SHORT, FULL], false, 20348);
    no_build.build = None;
    assert!(matches!(judge(&no_build, &target()), Answer::Unknown(_)));
    let mut credssp = source(&[], false, 20348);
    credssp.authentication = Some(AuthenticationType::CredSsp);
    assert_eq!(judge(&credssp, &target()), Answer::NotConsulted);
}

#[test]
fn of_a_list_that_was_cut_only_what_is_shown_counts() {
    let cut = |shown: &[&str], to_auth| {
        let mut state = source(&[], to_auth, 20348);
        state.list = Tri::Unknown(delegap_model::Why::Partly(shown.iter().map(|s| (*s).to_owned()).collect()));
        state
    };
    assert_eq!(judge(&cut(&[SHORT, FULL], true), &target()), Answer::Allowed { by_resource: false });
    // More entries would not help.
    assert_eq!(gap(&cut(&[SHORT, "cifs/HV03"], false), &target()), "kcd-kerberos-only");
    for shown in [&["cifs/HV02", "cifs/HV03"][..], &[SHORT], &[FULL], &[]] {
        assert!(matches!(judge(&cut(shown, true), &target()), Answer::Unknown(_)), "{shown:?}");
    }
    let who = vec![Principal { name: Some("HV01$".into()), ..Principal::default() }];
    let allowing = TargetState { allowed_to_act: Tri::Known(who), ..target() };
    assert_eq!(judge(&cut(&["cifs/HV03"], true), &allowing), Answer::Allowed { by_resource: true });
    assert!(matches!(judge(&cut(&["cifs/HV03"], false), &allowing), Answer::Unknown(_)));
    assert_eq!(judge(&cut(&[SHORT], false), &allowing), Answer::ResourceBlocked);
}

proptest! {
    /// The pair verdict is what the KDC would answer to both requests a move can make.
    #[test]
    fn verdicts_agree_with_the_kdc(
        picks in proptest::collection::vec(0usize..7, 0..6),
        to_auth in any::<bool>(),
        build in prop_oneof![Just(9600u32), Just(14393), Just(20348)],
    ) {
        let pool = [SHORT, FULL, "cifs/HV02", "cifs/hv02.contoso.lab", "HOST/HV02", "MICROSOFT VIRTUAL SYSTEM MIGRATION SERVICE/hv02", " x"];
        let entries: Vec<&str> = picks.iter().map(|p| pool[*p]).collect();
        let state = source(&entries, to_auth, build);
        let list: Vec<Spn> = entries.iter().map(|e| Spn::new(*e)).collect();
        let proof = if build < WINRM_BUILD { Proof::UserTicket } else { Proof::ProtocolTransition };
        let (short, full) = requested(Spn::MIGRATION, &target());
        let by_short = kdc_allows(&list, to_auth, true, &short, proof);
        let by_full = kdc_allows(&list, to_auth, true, &full.unwrap(), proof);
        match judge(&state, &target()) {
            Answer::Allowed { .. } => prop_assert!(by_short && by_full),
            Answer::OneForm { .. } => prop_assert!(by_short != by_full),
            Answer::Refused { .. } => prop_assert!(!by_short && !by_full),
            other => prop_assert!(false, "{other:?}"),
        }
    }
}

//! Diagnoses to render: nothing at all, a rich one, and one in which every string is the same.

use delegap_model::*;

/// `seconds` after 2026-11-20 21:14:03 UTC.
pub fn at(seconds: i64) -> Time {
    Time::from_timestamp(1_795_209_243 + seconds, 12_345_600).unwrap()
}

/// No input, no record, no check.
pub fn empty() -> Diagnosis {
    Diagnosis {
        verdict: Verdict {
            status: Status::NoFailures,
            primary_cause: None,
            class: None,
            is_delegation: Some(false),
            confidence: None,
            headline: "No migration was seen in these inputs.".to_owned(),
        },
        knowledge_as_of: "2026-11-21",
        ask: Vec::new(),
        escalation: Vec::new(),
        reported_stall: None,
        counterfactual: None,
        directory_exported: None,
        directory_domain_controller: None,
        findings: Vec::new(),
        attempts: Vec::new(),
        pairs: Vec::new(),
        hosts: Vec::new(),
        onset: None,
        timeline: Vec::new(),
        checks: Vec::new(),
        inputs: Vec::new(),
    }
}

/// Two hosts, one explained and one unexplained failure, everything filled in.
pub fn rich() -> Diagnosis {
    let ids = Ids { finding: ["F1", "F2"], attempt: ["A1", "A2", "A3"] };
    filled(&ids, &|own| own.to_owned(), "kcd-kerberos-only", "attempt-failed", "hyper-v")
}

/// The rich diagnosis with `evil` in place of every string.
pub fn uniform(evil: &'static str) -> Diagnosis {
    let ids = Ids { finding: [evil; 2], attempt: [evil; 3] };
    filled(&ids, &|_| evil.to_owned(), evil, evil, evil)
}

struct Ids {
    finding: [&'static str; 2],
    attempt: [&'static str; 3],
}

fn filled(
    ids: &Ids,
    s: &dyn Fn(&str) -> String,
    cause: &'static str,
    kind: &'static str,
    role: &'static str,
) -> Diagnosis {
    let some = |text: &str| Some(s(text));
    let evidence = |place: &str, says: &str| Evidence {
        time: Some(at(0)),
        host: Some("HV01".into()),
        side: Some(Side::Source),
        at: SourceRef::new(s("HV01/VMMS-Admin.evtx"), s(place)),
        says: says.into(),
    };
    let signal = || Signal {
        evidence: evidence("#48213", "no credentials for the destination (0x8009030e)"),
        provider: s("Microsoft-Windows-Hyper-V-VMMS").into(),
        event_id: 20306,
        meaning: "the source could not authenticate to the destination",
    };
    let attempt = |id: &str, outcome, explained_by: Vec<String>| Attempt {
        id: id.to_owned(),
        vm_name: some("web-01").map(Into::into),
        vm_id: Some(Guid::from_u128(0x5a1b_0c2d_0000_0000_0000_0000_0000_0001)),
        source: some("HV01").map(Into::into),
        destination: some("HV02").map(Into::into),
        started: Some(at(0)),
        ended: Some(at(2)),
        outcome,
        stopped_in: (outcome == Outcome::Failed).then_some(Phase::Authenticate),
        initiator: Some(Initiator::Remote),
        user: some("CONTOSO\\admin"),
        codes: vec![Code(0x8009_030e)],
        failed_side: Some(FailedSide::Source),
        signals: vec![signal()],
        open_causes: if explained_by.is_empty() { vec![cause] } else { Vec::new() },
        explained_by,
    };
    let step = |effect, command: &str, undo: Option<String>| Step {
        text: s("Allow HV01 to use any authentication protocol toward the listed services."),
        command: some(command),
        shell: Some(Shell::PowerShell),
        console: some("ADUC > HV01 > Properties > Delegation"),
        runs_on: s("domain"),
        requires: s("the right to change userAccountControl of HV01"),
        effect,
        undo,
        wait: some("15 minutes, or purge the tickets of HV01"),
        verify: some("Get-ADComputer HV01 -Properties TrustedToAuthForDelegation"),
    };
    let set = "Get-ADComputer HV01 | Set-ADAccountControl -TrustedToAuthForDelegation $true";
    let mut error = Finding::new(cause, Class::Delegation, Confidence::Likely, evidence("#48213", "no credentials"));
    error.id = ids.finding[0].to_owned();
    error.severity = Severity::Error;
    error.title = s("Delegation of HV01 is set to Kerberos only");
    error.summary = s("HV01 lists the migration service of HV02 but may not switch protocols.");
    error.resolution = s("Add the entries.");
    error.impact = s("Every move from HV01 that is started from another machine fails.");
    error.hosts = vec![s("HV01"), s("HV02")];
    error.pairs = vec![HostPair { source: s("HV01"), destination: s("HV02") }];
    error.users = vec![s("CONTOSO\\admin")];
    error.attempts = vec![ids.attempt[0].to_owned()];
    error.evidence.push(evidence(":118", "TrustedToAuthForDelegation is False"));
    error.against = vec![evidence("#48300", "a move by the same user completed")];
    error.ruled_out = vec![RuledOut {
        cause,
        title: s("The clocks differ"),
        why: s("The clocks of both hosts agree within 5 min."),
        attempts: vec![ids.attempt[0].to_owned()],
        evidence: vec![evidence("#48200", "the same exchange was logged within 2 s")],
    }];
    error.caveats = vec![s("The authentication type of HV01 is not known.")];
    error.only_likely = vec![ids.attempt[0].to_owned()];
    error.raise_confidence = vec![s("The host settings of HV01: Get-VMHost | Export-Clixml HV01.clixml")];
    error.workaround = vec![s("Start the move on the console of HV01.")];
    error.remediation = vec![
        step(Effect::ReadOnly, "Get-ADComputer HV01 -Properties * | Export-Clixml before.xml", None),
        step(
            Effect::Changes,
            set,
            some("Get-ADComputer HV01 | Set-ADAccountControl -TrustedToAuthForDelegation $false"),
        ),
        step(Effect::Destructive, "klist -li 0x3e7 purge", some("none needed: tickets are fetched again")),
    ];
    error.references = vec![Reference {
        url: s("https://learn.microsoft.com/windows-server/virtualization/hyper-v/deploy/set-up-hosts"),
        says: s("How to set up hosts for live migration"),
    }];
    let mut warning = Finding::new(
        cause,
        Class::Cluster,
        Confidence::Confirmed,
        Evidence::stated(error.evidence[0].at.clone(), None, s("x")),
    );
    warning.id = ids.finding[1].to_owned();
    warning.severity = Severity::Warning;
    warning.title = s("A second finding without an attempt");
    warning.summary = s("Something else is not as it should be.");
    warning.impact = s("None so far.");

    let pair = |source: &str, destination: &str, verdict| Pair {
        source: s(source),
        destination: s(destination),
        verdict,
        gap: (verdict == PairVerdict::Gap).then_some(cause),
        reasons: vec![s("protocol transition is off")],
        evidence: vec![evidence(":118", "TrustedToAuthForDelegation is False")],
        required: Some(true),
        failed: 2,
        completed: 1,
        last_failed: Some(at(0)),
        last_completed: Some(at(90)),
    };
    let host = |name: &str| HostSummary {
        name: s(name),
        fqdn: some("hv01.contoso.lab"),
        os: some("Windows Server 2022 Datacenter"),
        build: Some(20348),
        roles: vec![role],
        cluster: some("CL01"),
        domain: some("contoso.lab"),
        authentication_type: Some(AuthenticationType::Kerberos),
        credential_guard: Some(true),
        delegation: DelegationKind::KerberosOnly,
        services: Some(vec![Spn::new(s("cifs/HV02"))]),
        updates_known: true,
        latest_update: some("KB5041160"),
        clock_offset_s: Some(-3),
    };
    let change = |attribute| ValueChange { object: s("HV01"), attribute, value: s("cifs/HV02") };
    let check = |outcome, missing: Vec<String>| Check {
        cause,
        outcome,
        examined: 412,
        missing,
        collect: some("w32tm /query /status"),
        text: some("Every exchange shows clocks that agree."),
    };
    let mut log = InputSummary::new(s("HV01/VMMS-Admin.evtx"), Kind::Evtx);
    log.sha256 = some(&"0f".repeat(32));
    log.records = Some(61_204);
    log.selected = Some(311);
    log.host = some("HV01");
    log.covers = vec![Cover {
        host: s("HV01"),
        channel: s("Microsoft-Windows-Hyper-V-VMMS-Admin"),
        from: at(-86_400),
        to: at(600),
    }];
    log.problems = vec![Problem {
        at: SourceRef::new(s("HV01/VMMS-Admin.evtx"), s("@0x1200")),
        what: s("chunk checksum does not match"),
        lost: s("1 record"),
    }];
    let mut notes = InputSummary::new(s("notes.docx"), Kind::Unknown);
    notes.host = some("HV09");

    Diagnosis {
        verdict: Verdict {
            status: Status::CauseFound,
            primary_cause: Some(cause),
            class: Some(Class::Delegation),
            is_delegation: Some(true),
            confidence: Some(Confidence::Likely),
            headline: s("HV01 can't hand VMs to HV02 because its delegation is limited to Kerberos."),
        },
        ask: vec![s("Is the clock of HV02 right? w32tm /query /status"), s("Who started the move?")],
        escalation: vec![s("Failing pairs: HV01 -> HV02 (2 failed, 1 completed)"), s("Codes: 0x8009030e")],
        reported_stall: Some(ReportedStall {
            from: 80,
            to: 90,
            agreement: Agreement::Disagrees,
            says: s("The two disagree: the moves stopped while the hosts authenticate."),
            evidence: vec![evidence("#48213", "no credentials")],
        }),
        counterfactual: Some(Counterfactual {
            changes: vec![change("msDS-AllowedToDelegateTo"), change("userAccountControl")],
            allowed: vec![ids.attempt[0].to_owned()],
            failed: 2,
            smallest: vec![change("msDS-AllowedToActOnBehalfOfOtherIdentity")],
            notes: vec![s("The smallest set uses resource-based delegation.")],
        }),
        directory_exported: Some(at(3_600)),
        directory_domain_controller: some("DC01"),
        findings: vec![error, warning],
        attempts: vec![
            attempt(ids.attempt[0], Outcome::Failed, vec![ids.finding[0].to_owned()]),
            attempt(ids.attempt[1], Outcome::Failed, Vec::new()),
            attempt(ids.attempt[2], Outcome::Completed, Vec::new()),
        ],
        pairs: vec![pair("HV01", "HV02", PairVerdict::Gap), pair("HV02", "HV01", PairVerdict::Unknown)],
        hosts: vec![host("HV01"), host("HV02")],
        onset: Some(Onset {
            first_failure: at(0),
            last_success_before: Some(at(-7_200)),
            left_censored: true,
            change_points: vec![ChangePoint {
                after: Some(at(-7_200)),
                until: at(0),
                pairs: vec![HostPair { source: s("HV01"), destination: s("HV02") }],
            }],
            weeks: vec![Week { starts: at(-86_400), completed: 3, failed: 2 }],
            missing: vec![s("The update history of DC01: Get-HotFix")],
            candidates: vec![OnsetCandidate {
                time: at(-3_600),
                what: OnsetKind::Update,
                id: s("KB5041160"),
                host: s("HV01"),
                mechanism: some("it turns on Credential Guard"),
                weight: Weight::Strong,
                programme: some("CREDGUARD-DEFAULT, Windows Server 2025"),
                note: some("no boot was seen after it"),
                evidence: vec![evidence("#120", "KB5041160 was installed")],
            }],
        }),
        timeline: vec![TimelineEntry {
            time: at(0),
            host: "HV01".into(),
            kind,
            text: s("web-01 to HV02 failed"),
            at: SourceRef::new(s("HV01/VMMS-Admin.evtx"), s("#48213")),
        }],
        checks: vec![
            check(CheckOutcome::Found, Vec::new()),
            check(CheckOutcome::Clear, Vec::new()),
            check(CheckOutcome::NotChecked, vec![s("the System log of HV02")]),
            check(CheckOutcome::NotChecked, vec!["not implemented".to_owned()]),
            check(CheckOutcome::Faulted, vec![s("internal error")]),
        ],
        inputs: vec![log, notes],
        ..empty()
    }
}

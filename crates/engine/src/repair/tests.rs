use super::*;
use delegap_model::{AuthenticationType, Effect};

fn host(short: &str) -> HostName {
    HostName { short: short.into(), fqdn: Some(format!("{short}.contoso.lab")) }
}

fn gap(short: &str) -> DestinationGap {
    let host = host(short);
    let missing = missing_entries(&host, &[], &[Spn::MIGRATION, Spn::CIFS]);
    DestinationGap { host, missing, other_domain: false }
}

fn repair(source: &str, destination: &str) -> SourceRepair {
    SourceRepair {
        source: host(source),
        destinations: vec![gap(destination)],
        protocol_transition: Some(false),
        os_2016_or_later: Some(true),
        list_empty: false,
        clear_unconstrained: false,
        cluster_node: false,
    }
}

fn commands(steps: &[Step]) -> Vec<&str> {
    steps.iter().filter_map(|step| step.command.as_deref()).collect()
}

/// What holds for every list of steps.
fn assert_sound(steps: &[Step]) {
    for step in steps {
        assert_eq!(step.undo.is_some(), step.effect == Effect::Changes, "{}", step.text);
        assert_eq!(step.command.is_some(), step.shell.is_some(), "{}", step.text);
        assert!(!step.text.is_empty() && !step.runs_on.is_empty() && !step.requires.is_empty());
        let all = [step.command.as_deref(), step.undo.as_deref(), step.console.as_deref(), Some(&step.text)];
        for text in all.into_iter().flatten() {
            assert!(text.chars().all(|c| c == '\n' || (' '..='~').contains(&c)), "{text:?}");
            assert!(!text.contains("-Replace") && !text.to_lowercase().contains("simply"), "{text}");
        }
    }
}

#[test]
fn both_services_in_both_forms_are_added_and_the_undo_removes_the_same() {
    let steps = delegation_steps(&[repair("HV01", "HV02")]);
    assert_sound(&steps);
    let add = steps.iter().find(|s| s.command.as_deref().is_some_and(|c| c.contains("-Add "))).unwrap();
    let values = "@{'msDS-AllowedToDelegateTo'=@('Microsoft Virtual System Migration Service/HV02', \
                  'Microsoft Virtual System Migration Service/HV02.contoso.lab', 'cifs/HV02', \
                  'cifs/HV02.contoso.lab')} -Server $dc";
    assert_eq!(add.command.as_deref(), Some(&*format!("Set-ADComputer -Identity 'HV01' -Add {values}")));
    assert_eq!(add.undo.as_deref(), Some(&*format!("Set-ADComputer -Identity 'HV01' -Remove {values}")));
    let console = add.console.as_deref().unwrap();
    assert!(console.contains("Active Directory Users and Computers"));
    assert!(console.contains("Active Directory Administrative Center"));
    assert!(console.contains("Use any authentication protocol"));
}

#[test]
fn steps_come_in_a_safe_order() {
    let mut first = repair("HV01", "HV02");
    first.clear_unconstrained = true;
    let steps = delegation_steps(&[first, repair("HV02", "HV01")]);
    assert_sound(&steps);
    let keys = [
        "Export-Clixml",
        "-Identity 'HV01' -Add",
        "-Identity 'HV01$' -TrustedToAuthForDelegation $true",
        "-Identity 'HV02' -Add",
        "-Identity 'HV02$' -TrustedToAuthForDelegation $true",
        "foreach ($controller",
        "klist -li 0x3e7 purge\nklist -li 0x3e4 purge",
        "-ComputerName 'HV01.contoso.lab' -DestinationHost 'HV02.contoso.lab'",
        "-ComputerName 'HV02.contoso.lab' -DestinationHost 'HV01.contoso.lab'",
        "-Identity 'HV01$' -TrustedForDelegation $false",
    ];
    let commands = commands(&steps);
    assert_eq!(commands.len(), keys.len(), "{commands:#?}");
    for (command, key) in commands.iter().zip(keys) {
        assert!(command.contains(key), "{key} in {command}");
    }
    assert!(steps.last().unwrap().undo.as_deref().unwrap().ends_with("-TrustedForDelegation $true -Server $dc"));
    assert!(commands[0].starts_with(
        "$dc = [string](Get-ADDomainController -Discover -Writable -DomainName 'contoso.lab').HostName\n"
    ));
    assert!(commands[0].contains("@('HV01', 'HV02') | Get-ADComputer"));
}

#[test]
fn only_missing_entries_are_added() {
    let b = host("HV02");
    let listed = [Spn::of(Spn::MIGRATION, "hv02"), Spn::new("CIFS/HV02.contoso.lab"), Spn::new("cifs/HV02 ")];
    let missing = missing_entries(&b, &listed, &[Spn::MIGRATION, Spn::CIFS]);
    assert_eq!(missing, [Spn::of(Spn::MIGRATION, "HV02.contoso.lab"), Spn::of(Spn::CIFS, "HV02")]);
    assert_eq!(missing_entries(&b, &[], &[Spn::MIGRATION]).len(), 2);
    let nameless = HostName { short: "HV02".into(), fqdn: None };
    assert_eq!(missing_entries(&nameless, &[], &[Spn::MIGRATION]), [Spn::of(Spn::MIGRATION, "HV02")]);

    let mut complete = repair("HV01", "HV02");
    complete.destinations[0].missing.clear();
    let steps = delegation_steps(&[complete]);
    assert!(commands(&steps).iter().all(|c| !c.contains("-Add")));
    assert!(commands(&steps).iter().any(|c| c.contains("-TrustedToAuthForDelegation $true")));
}

#[test]
fn protocol_transition_depends_on_version_and_state() {
    let transition = |os, now| {
        let mut one = repair("HV01", "HV02");
        (one.os_2016_or_later, one.protocol_transition) = (os, now);
        let steps = delegation_steps(&[one]);
        assert_sound(&steps);
        steps.into_iter().find(|s| s.command.as_deref().is_some_and(|c| c.contains("TrustedToAuthForDelegation $true")))
    };
    for now in [Some(false), Some(true), None] {
        assert_eq!(transition(Some(false), now), None, "2012 R2 needs none");
    }
    assert_eq!(transition(Some(true), Some(true)), None);
    assert_eq!(transition(None, Some(true)), None);
    let off = transition(Some(true), Some(false)).unwrap();
    assert_eq!(
        off.undo.as_deref(),
        Some("Set-ADAccountControl -Identity 'HV01$' -TrustedToAuthForDelegation $false -Server $dc")
    );
    for word in ["marginal", "MS-SFU", "sensitive"] {
        assert!(off.text.contains(word));
    }
    let unsure = transition(Some(true), None).unwrap();
    assert!(unsure.undo.unwrap().starts_with("# Only if the saved state shows"));
    assert!(transition(None, Some(false)).unwrap().text.starts_with("Only if the source runs Windows Server 2016"));
}

#[test]
fn the_console_path_never_takes_protocol_transition_away() {
    let mut on = repair("HV01", "HV02");
    (on.protocol_transition, on.os_2016_or_later) = (Some(true), Some(false));
    let consoles: Vec<_> = delegation_steps(&[on]).into_iter().filter_map(|s| s.console).collect();
    assert!(consoles[0].contains("as it is") && !consoles[0].contains("Use Kerberos only"), "{consoles:?}");
}

#[test]
fn a_2012_r2_source_is_told_nothing_about_protocol_transition() {
    let mut old = repair("HV01", "HV02");
    old.os_2016_or_later = Some(false);
    for step in delegation_steps(&[old]) {
        let all = format!("{step:?}").replace("TrustedToAuthForDelegation, ", "");
        assert!(!all.contains("any authentication protocol") && !all.contains("-TrustedToAuth"), "{all}");
    }
}

#[test]
fn hostile_names_never_reach_a_command() {
    for evil in ["HV'; Remove-Item C:\\ -Recurse; '", "HV\u{2019}; calc; \u{2019}", "HV02\n& calc", "-Force", "$(calc)"]
    {
        let bare = HostName { short: evil.into(), fqdn: Some(format!("{evil}.contoso.lab")) };
        let entries = missing_entries(&bare, &[], &[Spn::MIGRATION, Spn::CIFS]);
        let bad_gap = DestinationGap { host: bare.clone(), missing: entries.clone(), other_domain: false };
        let other = DestinationGap { other_domain: true, ..bad_gap.clone() };
        let mut from_bad = repair("HV01", "HV02");
        from_bad.source = bare.clone();
        from_bad.clear_unconstrained = true;
        let mut to_bad = repair("HV01", "HV02");
        to_bad.destinations.extend([bad_gap, other]);

        let mut steps = delegation_steps(&[from_bad, to_bad]);
        steps.push(alternative_step(&bare, &host("HV02"), 0));
        steps.push(alternative_step(&host("HV01"), &bare, 2));
        steps.extend(spn_registration_steps(&bare, &entries, true));
        steps.extend(spn_registration_steps(&host("HV02"), &entries, false));
        steps.extend(not_delegable_user_steps(evil));
        steps.extend(authentication_type_steps(&[&bare, &host("HV01")], AuthenticationType::Kerberos, false));
        steps.extend(not_effective_yet_steps(&bare, &[&bare], true));
        assert_sound(&steps);
        for step in &steps {
            for command in [step.command.as_deref(), step.undo.as_deref()].into_iter().flatten() {
                for part in ["calc", "Remove-Item", "'-Force"] {
                    assert!(!command.contains(part), "{command}");
                }
            }
        }
        // The plain destination of the same source is still served.
        let add =
            steps.iter().find(|s| s.command.as_deref().is_some_and(|c| c.contains("-Identity 'HV01' -Add"))).unwrap();
        assert!(add.text.contains("Not in the command"));
        assert!(steps.iter().any(|s| s.command.is_none() && s.text.contains("No command is given")));
    }
}

#[test]
fn a_pair_across_domains_is_repaired_on_the_destination() {
    let mut cross = repair("HV01", "HV02");
    cross.destinations[0].other_domain = true;
    cross.destinations[0].host.fqdn = Some("HV02.fabrikam.lab".into());
    let with_list = delegation_steps(&[cross.clone()]);
    assert!(commands(&with_list).iter().any(|c| c.contains("-TrustedToAuthForDelegation $true")), "else refused");
    cross.list_empty = true;
    let steps = delegation_steps(&[cross]);
    assert_sound(&steps);
    let commands = commands(&steps);
    assert!(commands.iter().all(|c| !c.contains("-Add") && !c.contains("-TrustedToAuthForDelegation $true")));
    let write = commands.iter().find(|c| c.contains("-PrincipalsAllowedToDelegateToAccount (")).unwrap();
    let order = ["-DomainName 'fabrikam.lab'", "-Server 'contoso.lab'", "Export-Clixml", "$rest = @(", "($rest + $a)"];
    let places: Vec<_> = order.iter().map(|part| write.find(part).unwrap_or_else(|| panic!("{part}"))).collect();
    assert!(places.is_sorted(), "{write}");
}

#[test]
fn the_undo_of_resource_based_delegation_keeps_the_others() {
    let steps = [alternative_step(&host("HV01"), &host("HV02"), 0)];
    assert_sound(&steps);
    assert!(steps[0].text.contains("overwrites") && steps[0].requires.starts_with("write access"));
    let undo = steps[0].undo.as_deref().unwrap();
    assert!(undo.contains("-ne $a.DistinguishedName") && undo.contains("else { Set-ADComputer -Identity 'HV02'"));
    assert_eq!(commands(&steps).len(), 1);
}

#[test]
fn sources_of_two_domains_get_a_controller_each() {
    let mut other = repair("HV09", "HV02");
    other.source.fqdn = Some("HV09.fabrikam.lab".into());
    let steps = delegation_steps(&[repair("HV01", "HV02"), other]);
    let saves: Vec<_> = commands(&steps).into_iter().filter(|c| c.contains("Export-Clixml")).collect();
    assert_eq!(saves.len(), 2);
    assert!(saves[0].contains("'contoso.lab'") && saves[0].contains("@('HV01')"));
    assert!(saves[1].contains("'fabrikam.lab'") && saves[1].contains("@('HV09')"));
    assert_eq!(delegation_steps(&[]), []);
}

#[test]
fn spns_are_registered_with_duplicate_check() {
    let b = host("HV02");
    let missing = missing_entries(&b, &[], &[Spn::MIGRATION]);
    let steps = spn_registration_steps(&b, &missing, true);
    assert_sound(&steps);
    let register = &steps[1];
    assert_eq!(
        register.command.as_deref(),
        Some(
            "setspn -S \"Microsoft Virtual System Migration Service/HV02\" HV02\n\
             setspn -S \"Microsoft Virtual System Migration Service/HV02.contoso.lab\" HV02"
        )
    );
    assert!(register.undo.as_deref().unwrap().starts_with("setspn -D \""));
    assert!(commands(&steps).iter().all(|c| !c.contains("-A ")));
    assert!(steps[2].text.contains("drain the node"));
}

#[test]
fn waiting_times_and_scope_of_the_purge_are_told() {
    let steps = not_effective_yet_steps(&host("HV01"), &[&host("HV02"), &host("HV03")], false);
    assert_sound(&steps);
    assert!(steps.iter().all(|s| s.command.as_deref().is_none_or(|c| !c.contains("Set-AD"))));
    let wait = steps[1].wait.as_deref().unwrap();
    assert!(wait.contains("15 min") && wait.contains("10 h") && wait.contains("10 minutes"));
    assert!(steps[2].text.contains("HV03") && steps[2].verify.as_deref().unwrap().contains("20415"));
}

#[test]
fn users_and_types() {
    let steps = not_delegable_user_steps("CONTOSO\\admin.hv");
    assert_sound(&steps);
    assert!(steps[0].command.as_deref().unwrap().contains("-Identity 'admin.hv'"));
    assert!(steps.iter().all(|s| s.effect == Effect::ReadOnly), "the protection of an administrator is left alone");

    let steps = authentication_type_steps(&[&host("HV01")], AuthenticationType::Kerberos, true);
    assert_sound(&steps);
    assert_eq!(
        steps[1].command.as_deref(),
        Some("Set-VMHost -ComputerName @('HV01.contoso.lab') -VirtualMachineMigrationAuthenticationType Kerberos")
    );
    assert!(steps[1].undo.as_deref().unwrap().ends_with("CredSSP"));
}

#[test]
fn workarounds_fit_the_pair() {
    assert!(workarounds(Some(true), false).iter().any(|t| t.contains("cluster move")));
    assert!(workarounds(Some(false), false).iter().all(|t| !t.contains("Move-ClusterVirtualMachineRole")));
    for texts in [workarounds(None, false), workarounds(Some(false), false)] {
        assert!(texts[0].contains("own console"));
        let last = texts.last().unwrap();
        assert!(last.contains("Credential Guard") && last.contains("vmms") && last.contains("drained"));
    }
}

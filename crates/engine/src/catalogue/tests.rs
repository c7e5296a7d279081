use super::*;
use std::collections::BTreeSet;

fn get(id: &str) -> Option<&'static Cause> {
    all().iter().find(|cause| cause.id == id)
}

#[test]
fn every_file_is_there_once_and_says_its_own_id() {
    assert_eq!(all().len(), 45);
    let ids: BTreeSet<_> = all().iter().map(|cause| cause.id).collect();
    assert_eq!(ids.len(), 45);
    for (id, text) in files::FILES {
        assert!(text.contains(&format!("\"id\":\"{id}\"")), "{id}");
    }
    assert_eq!(all()[0].id, "kcd-missing");
    assert_eq!(all()[44].id, "management-service-fault");
    assert_eq!(get("kcd-cross-domain").map(|cause| cause.class), Some(Class::Delegation));
    assert!(get("Kcd-missing").is_none());
}

#[test]
fn classes_stand_together_and_hold_what_they_should() {
    let mut classes: Vec<_> = all().iter().map(|cause| cause.class).collect();
    assert!(classes.is_sorted(), "delegation first, service last");
    classes.retain(|class| *class == Class::Delegation);
    assert_eq!(classes.len(), 10);
}

#[test]
fn the_words_that_reports_need_are_there() {
    for cause in all() {
        for text in [&cause.title, &cause.problem, &cause.missing, &cause.collect] {
            assert!(!text.trim().is_empty(), "{}", cause.id);
        }
        assert!(!cause.title.ends_with('.') && !cause.missing.ends_with('.'), "{}", cause.id);
        for text in [&cause.impact, &cause.resolution, &cause.clear, &cause.proof, &cause.against] {
            assert!(text.ends_with('.'), "{}: {text}", cause.id);
        }
        // The steps of a delegation repair depend on the hosts, and are built with them.
        assert!(cause.class == Class::Delegation || !cause.steps.is_empty(), "{}", cause.id);
        assert!(!cause.references.is_empty(), "{}", cause.id);
        assert!(!cause.look_alikes.is_empty(), "{}", cause.id);
        for (other, text) in &cause.look_alikes {
            assert!(other != cause.id && get(other).is_some() && text.ends_with('.'), "{}: {other}", cause.id);
        }
    }
}

#[test]
fn texts_are_clean() {
    for (id, text) in files::FILES {
        assert!(
            text.chars().all(|c| c == '\n' || (' '..='~').contains(&c)),
            "{id}: a character beyond printable ASCII"
        );
        let lower = text.to_lowercase();
        for word in ["simply", "just ", "obviously", "-replace", "setspn -a", "todo"] {
            assert!(!lower.contains(word), "{id}: {word}");
        }
    }
    for cause in all() {
        let own = [&cause.title, &cause.problem, &cause.impact, &cause.resolution, &cause.clear, &cause.missing];
        for text in own.into_iter().chain([&cause.proof, &cause.against]) {
            assert!(!text.contains(['\n', '{', '}']), "{}: {text}", cause.id);
        }
        for reference in &cause.references {
            assert!(reference.url.starts_with("https://") && !reference.says.is_empty(), "{}", cause.id);
        }
    }
}

#[test]
fn steps_are_sound_with_and_without_names() {
    for cause in all() {
        for hosts in [(None, None), (Some("HV01"), Some("HV02.contoso.lab"))] {
            for step in cause.steps(hosts.0, hosts.1) {
                assert_eq!(step.undo.is_some(), step.effect == Effect::Changes, "{}: {}", cause.id, step.text);
                assert_eq!(step.command.is_some(), step.shell.is_some(), "{}", cause.id);
                let all = format!("{step:?}");
                assert!(!all.contains("{source}") && !all.contains("{destination}"), "{all}");
                assert!(!step.text.contains("No command is given"), "{all}");
            }
        }
    }
    let told: Vec<_> = all().iter().flat_map(|cause| &cause.steps).filter(|step| step.command.is_some()).collect();
    assert!(told.iter().all(|step| step.shell.is_some()), "a command names its shell");
}

#[test]
fn names_are_quoted_or_left_out() {
    let step = |source, destination| get("migration-port-blocked").unwrap().steps(source, destination).remove(0);
    let told = step(Some("HV01"), Some("HV02"));
    assert!(told.command.unwrap().contains("-ComputerName 'HV02' -Port 6600"));
    assert!(step(Some("HV01"), None).command.unwrap().contains("'DESTINATION-HOST'"));
    for evil in ["HV02'; calc; '", "HV02\u{2019}; calc", "-Force"] {
        let refused = step(Some("HV01"), Some(evil));
        assert_eq!((refused.command, refused.shell), (None, None));
        assert!(refused.text.contains("No command is given"));
        assert!(!refused.text.contains("calc"));
    }
}

#[test]
fn kerberos_only_names_the_guides_that_advise_it() {
    let cause = get("kcd-kerberos-only").unwrap();
    assert!(cause.problem.contains("guides") && cause.problem.contains("2016"));
    assert!(cause.resolution.contains("Use any authentication protocol"));
    assert!(cause.resolution.contains("marginal") && cause.resolution.contains("MS-SFU"));
}

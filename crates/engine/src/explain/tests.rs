use super::*;

fn words(topic: &str) -> String {
    format!("{:?}", explain(topic).unwrap_or_else(|| panic!("nothing on {topic}")))
}

#[test]
fn every_cause_has_a_page_that_names_its_parts() {
    for (id, page) in every_cause() {
        for heading in [
            "Problem",
            "What proves it",
            "What speaks against it",
            "Easily taken for it",
            "Repair",
            "What a check needs",
        ] {
            assert!(page.parts.iter().any(|p| p.heading == heading), "{id}: {heading}");
        }
        assert!(!page.sources.is_empty(), "{id}");
    }
    assert_eq!(every_cause().len(), 45);
}

#[test]
fn codes_in_every_written_form() {
    for topic in ["0x8009030e", "8009030E", "-2146893042", "2148074254", " 0x8009030E "] {
        assert!(words(topic).contains("SEC_E_NO_CREDENTIALS"), "{topic}");
        assert!(words(topic).contains("credssp-remote-initiation"), "{topic}");
    }
    assert!(words("0xd").contains("KDC_ERR_BADOPTION"));
    assert!(words("KDC 0x25").contains("clock-skew"));
}

#[test]
fn an_event_is_explained_by_provider() {
    assert!(words("21502").contains("envelope") && words("21502").contains("high-availability"));
    assert!(words("event 20306").contains("no connection"));
    let kdc = words("203");
    assert!(kdc.contains("RC4-2026") && kdc.contains("refusal"), "{kdc}");
    assert!(words("6167").contains("hearsay"));
}

#[test]
fn updates_programmes_and_policies() {
    assert!(words("KB5073381").contains("RC4-2026") || words("KB5073381").contains("RC4 is no longer"));
    assert!(words("5082142").contains("LSASS") && words("5082142").contains("RC4-2026"));
    assert!(words("KB5008602").contains("mends"));
    assert!(words("cve-2022-37967").contains("KB5020805"));
    assert!(words("RC4-2026").contains("2026-04-14"));
    assert!(words("SeServiceLogonRight").contains("logon-right-denied"));
}

#[test]
fn what_is_not_known_gets_near_topics() {
    for topic in ["", "nothing", "KB1", "0x12345678", "999999", "\u{1b}[31m", "KB50733810000"] {
        assert!(explain(topic).is_none(), "{topic:?}");
    }
    assert_eq!(alike("kcd-mising").first().map(String::as_str), Some("kcd-missing"));
    assert!(alike("xyzzyplugh").is_empty());
}

#[test]
fn every_page_names_a_source() {
    let codes = crate::knowledge::knowledge().codes().map(|c| format!("{:#010x}", c.code));
    let kdc = crate::knowledge::knowledge().kdc.iter().map(|k| format!("KDC {:#x}", k.code));
    let kbs = crate::knowledge::updates::updates().all().iter().filter_map(|r| r.kb.map(str::to_owned));
    let programmes = hardening().programmes.iter().map(|p| p.id.clone());
    for topic in codes.chain(kdc).chain(kbs).chain(programmes) {
        let page = explain(&topic).unwrap_or_else(|| panic!("nothing on {topic}"));
        assert!(page.sources.iter().any(|s| !s.is_empty()), "{topic}");
    }
}

use super::*;
use delegap_model::{Limits, Tri, Why};
use serde_json::json as j;

fn objects(inner: &str) -> Vec<Value> {
    let text =
        format!("<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">{inner}</Objs>");
    let (objects, damages) = super::objects(&text, 64);
    assert!(damages.is_empty());
    objects.into_iter().map(|(_, object)| object).collect()
}

#[test]
fn values() {
    let text = "<Obj RefId=\"0\"><TN RefId=\"0\"><T>X</T></TN><ToString>x</ToString><Props>\
        <S N=\"Name\">HV01</S><B N=\"Enabled\">true</B><I32 N=\"n\">-5</I32><U64 N=\"big\">18446744073709551615</U64>\
        <Nil N=\"none\" /><DT N=\"t\">2026-01-15T10:00:00.0000000+01:00</DT><BA N=\"b\">AQI=</BA>\
        <Obj N=\"list\" RefId=\"1\"><TNRef RefId=\"0\" /><LST><S>a b</S><S>c</S></LST></Obj>\
        <Obj N=\"empty\" RefId=\"2\"><TNRef RefId=\"0\" /><IE /></Obj>\
        <Obj N=\"enum\" RefId=\"3\"><TNRef RefId=\"0\" /><ToString>Kerberos</ToString><I32>1</I32></Obj>\
        <Obj N=\"deep\" RefId=\"4\"><TNRef RefId=\"0\" /><ToString>CN=x</ToString></Obj>\
        <Obj N=\"dct\" RefId=\"5\"><DCT><En><S N=\"Key\">k</S><I32 N=\"Value\">1</I32></En></DCT></Obj>\
        <Ref N=\"again\" RefId=\"1\" /></Props><MS><S N=\"Name\">other</S><S N=\"PSComputerName\">h</S></MS></Obj>";
    let wanted = j!({
        "Name": "HV01", "Enabled": true, "n": -5, "big": 18446744073709551615u64, "none": null,
        "t": "2026-01-15T10:00:00.0000000+01:00", "b": "AQI=", "list": ["a b", "c"], "empty": [], "enum": "Kerberos",
        "deep": "CN=x", "dct": {"k": 1}, "again": ["a b", "c"], "PSComputerName": "h"
    });
    assert_eq!(objects(text), [wanted]);
    assert_eq!(objects("<S>a_x000D__x000A_b_x005F_x0041_&lt;&#228;</S>"), [j!("a\r\nb_x0041_<ä")]);
    assert_eq!(objects("<S>_xD83D__xDE00_ _xZZ _x12</S>"), [j!("😀 _xZZ _x12")]);
}

#[test]
fn references_do_not_explode() {
    let mut text = "<Obj RefId=\"0\"><LST><S>x</S><S>x</S></LST></Obj>".to_owned();
    for level in 1..60 {
        let before = level - 1;
        text.push_str(&format!(
            "<Obj RefId=\"{level}\"><LST><Ref RefId=\"{before}\" /><Ref RefId=\"{before}\" /></LST></Obj>"
        ));
    }
    text.push_str("<Obj RefId=\"99\"><Props><S N=\"Name\">HV01</S><S N=\"SamAccountName\">HV01$</S></Props></Obj>");
    let limits = Limits::default();
    let mut context = Context::new("x", &limits);
    let rows = read(&format!("<Objs x=\"\">{text}</Objs>"), &mut context).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(context.into_problems().len(), 1);
}

#[test]
fn what_a_reference_lost_is_not_empty() {
    let list = |inner: &str| {
        let host = format!("<Obj><Props><S N=\"Name\">HV01</S><S N=\"SamAccountName\">HV01$</S>{inner}</Props></Obj>");
        let limits = Limits::default();
        let rows = read(&format!("<Objs x=\"\">{host}</Objs>"), &mut Context::new("x", &limits)).unwrap();
        rows[0].1.list(&["serviceprincipalname"], crate::document::list::Split::Spns)
    };
    assert_eq!(list("<Obj N=\"servicePrincipalName\"><LST /></Obj>"), Tri::KnownEmpty);
    let lost = [
        "<Ref N=\"servicePrincipalName\" RefId=\"9\" />",
        "<Obj N=\"servicePrincipalName\"><LST><S>cifs/a</S><Ref RefId=\"9\" /></LST></Obj>",
    ];
    for inner in lost {
        assert!(matches!(list(inner), Tri::Unknown(Why::Lost(_))), "{inner}");
    }
}

#[test]
fn a_broken_object_costs_itself() {
    let host = |n: usize| {
        format!(
            "  <Obj RefId=\"{n}\">\n    <Props>\n      <S N=\"Name\">HV0{n}</S>\n      <S N=\"SamAccountName\">HV0{n}$</S>\n    </Props>\n  </Obj>\n"
        )
    };
    let limits = Limits::default();
    for broken in ["  <Obj RefId=\"1\">\n    <Props>\n", "  <Obj RefId=\"1\"><Props></Obj>\n", "  <Obj <\n"] {
        let mut context = Context::new("x", &limits);
        let text = format!("<Objs x=\"\">\n{}{broken}{}{}</Objs>", host(0), host(2), host(3));
        let rows = read(&text, &mut context).unwrap();
        let places: Vec<&str> = rows.iter().map(|(_, row)| row.place.as_str()).collect();
        assert_eq!(places, [":/Objs/Obj[1]", ":/Objs/Obj[3]", ":/Objs/Obj[4]"], "{broken}");
        assert_eq!(context.into_problems().len(), 1, "{broken}");
    }
}

#[test]
fn objects_before_a_damage_stay() {
    let host = "<Obj RefId=\"0\"><Props><S N=\"Name\">HV01</S><S N=\"SamAccountName\">HV01$</S></Props></Obj>";
    let limits = Limits::default();
    for cut in ["<Obj RefId=\"1\"><Props><S N=\"Na", "</Wrong>", ""] {
        let mut context = Context::new("x", &limits);
        let rows = read(&format!("<Objs x=\"\">\n{host}\n{cut}"), &mut context).unwrap();
        assert_eq!((rows.len(), rows[0].1.place.as_str()), (1, ":/Objs/Obj[1]"), "{cut}");
        assert_eq!(context.into_problems().len(), 1, "{cut}");
    }
    assert!(read("<Objs x=\"\"><S>a</S></Objs>", &mut Context::new("x", &limits)).is_none());
    assert!(read("<html><Objs", &mut Context::new("x", &limits)).is_none());
}

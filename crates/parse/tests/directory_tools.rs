//! Directory state as collectors write it, and what each of them can't tell.

use delegap_model::{Computer, Group, Kind, Parsed, Record, Spn, Tri, User};
use delegap_parse::{Options, document};
use serde_json::{Value, json};

fn read(text: &str) -> Parsed<Record> {
    document("tool", text.as_bytes(), &Options::default())
}

fn computers(parsed: &Parsed<Record>) -> Vec<&Computer> {
    parsed.records.iter().filter_map(|r| if let Record::Computer(c) = r { Some(&**c) } else { None }).collect()
}

fn users(parsed: &Parsed<Record>) -> Vec<&User> {
    parsed.records.iter().filter_map(|r| if let Record::User(u) = r { Some(&**u) } else { None }).collect()
}

fn groups(parsed: &Parsed<Record>) -> Vec<&Group> {
    parsed.records.iter().filter_map(|r| if let Record::Group(g) = r { Some(&**g) } else { None }).collect()
}

fn known(list: &Tri<Vec<Spn>>) -> Vec<&str> {
    list.known().map(|l| l.iter().map(Spn::as_str).collect()).unwrap_or_default()
}

/// An object as SharpHound and its kin write it.
fn graph_computer(name: &str, rid: u32, more: &Value) -> Value {
    let mut object = json!({
        "ObjectIdentifier": format!("S-1-5-21-1-2-3-{rid}"),
        "AllowedToAct": [], "AllowedToDelegate": [], "IsDeleted": false,
        "Properties": {
            "name": format!("{name}.CONTOSO.COM"), "domain": "CONTOSO.COM", "samaccountname": format!("{name}$"),
            "distinguishedname": format!("CN={name},OU=HOSTS,DC=CONTOSO,DC=COM"),
            "unconstraineddelegation": false, "trustedtoauth": false, "enabled": true, "pwdlastset": 1638302804,
            "serviceprincipalnames": [format!("HOST/{name}")],
        },
    });
    for (name, value) in more.as_object().unwrap() {
        object["Properties"][name] = value.clone();
    }
    object
}

fn graph(of: &str, methods: u32, data: &[Value]) -> Parsed<Record> {
    let meta = json!({"methods": methods, "type": of, "count": data.len(), "version": 6});
    read(&json!({"data": data, "meta": meta}).to_string())
}

#[test]
fn sharphound_shows_lists_only_with_protocol_transition() {
    let listed = json!({"trustedtoauth": true, "allowedtodelegate": ["cifs/HV02", "cifs/HV02.contoso.com"],
        "supportedencryptiontypes": ["RC4-HMAC-MD5", "AES128-CTS-HMAC-SHA1-96", "AES256-CTS-HMAC-SHA1-96"]});
    let mut second = graph_computer("HV02", 1105, &json!({}));
    second["AllowedToAct"] = json!([{"ObjectIdentifier": "S-1-5-21-1-2-3-1104", "ObjectType": "Computer"}]);
    let parsed = graph("computers", 521_215, &[graph_computer("HV01", 1104, &listed), second]);
    assert_eq!((parsed.summary.kind, parsed.summary.records), (Kind::AdTool, Some(2)));
    let [first, second] = computers(&parsed).try_into().unwrap();
    assert_eq!((first.name.as_str(), first.at.to_string().as_str()), ("HV01", "tool:$.data[0]"));
    assert_eq!(known(&first.allowed_to_delegate_to), ["cifs/HV02", "cifs/HV02.contoso.com"]);
    assert_eq!((&first.trusted_to_auth, &first.allowed_to_act), (&Tri::Known(true), &Tri::KnownEmpty));
    assert_eq!(first.supported_encryption_types, Tri::Known(28));
    assert_eq!(first.password_last_set.known().unwrap().timestamp(), 1_638_302_804);
    assert_eq!(first.sid.known().and_then(|s| s.rid()), Some(1104));
    assert_eq!(second.allowed_to_delegate_to, Tri::NOT_EXPORTED, "a list for Kerberos only does not show");
    assert_eq!(second.trusted_to_auth, Tri::Known(false));
    assert_eq!(second.allowed_to_act.known().unwrap()[0].sid.as_ref().and_then(|s| s.rid()), Some(1104));
    assert_eq!(second.when_changed, Tri::NOT_EXPORTED);
    let [problem] = parsed.summary.problems.as_slice() else { panic!("{:?}", parsed.summary.problems) };
    assert_eq!(problem.lost, "the list of 1 computers");
}

#[test]
fn bloodhound_py_shows_every_list() {
    let first = graph_computer("HV01", 1104, &json!({"allowedtodelegate": ["cifs/HV02"]}));
    let parsed = graph("computers", 0, &[first, graph_computer("HV02", 1105, &json!({}))]);
    let [first, second] = computers(&parsed).try_into().unwrap();
    assert_eq!((known(&first.allowed_to_delegate_to), &first.trusted_to_auth), (vec!["cifs/HV02"], &Tri::Known(false)));
    assert_eq!(second.allowed_to_delegate_to, Tri::KnownEmpty);
    assert_eq!(parsed.summary.problems, []);
    // Without its method for properties it shows flags and nothing else.
    let mut bare = graph_computer("HV03", 1106, &json!({}));
    bare["Properties"].as_object_mut().unwrap().remove("serviceprincipalnames");
    let parsed = graph("computers", 0, &[bare]);
    let told = computers(&parsed)[0];
    assert_eq!((&told.allowed_to_delegate_to, &told.allowed_to_act), (&Tri::NOT_EXPORTED, &Tri::NOT_EXPORTED));
}

#[test]
fn a_snapshot_in_bloodhound_form_shows_no_list() {
    let mut host = graph_computer("HV01", 1104, &json!({"trustedtoauth": true}));
    host["DumpSMSAPassword"] = json!([]);
    let parsed = graph("computers", 0, &[host]);
    assert_eq!(computers(&parsed)[0].allowed_to_delegate_to, Tri::NOT_EXPORTED);
}

#[test]
fn users_and_groups_of_a_graph() {
    let user = json!({"ObjectIdentifier": "S-1-5-21-1-2-3-1200", "Properties": {
        "name": "ALICE@CONTOSO.COM", "samaccountname": "alice", "sensitive": true, "enabled": true,
        "serviceprincipalnames": [], "pwdlastset": -1}});
    let parsed = graph("users", 521_215, &[user]);
    let [alice] = users(&parsed).try_into().unwrap();
    assert_eq!((alice.name.as_str(), &alice.not_delegated), ("alice", &Tri::Known(true)));
    let group = |rid: u32, members: Value| {
        json!({"ObjectIdentifier": format!("S-1-5-21-1-2-3-{rid}"), "Members": members, "Properties": {
            "name": "PROTECTED USERS@CONTOSO.COM", "distinguishedname": "CN=PROTECTED USERS,CN=USERS,DC=CONTOSO,DC=COM"}})
    };
    let member = json!([{"ObjectIdentifier": "S-1-5-21-1-2-3-1200", "ObjectType": "User"},
                        {"ObjectIdentifier": "CONTOSO.COM-S-1-5-32-544", "ObjectType": "Group"}]);
    let parsed = graph("groups", 521_215, &[group(525, member), group(1300, json!([]))]);
    let [protected, other] = groups(&parsed).try_into().unwrap();
    assert_eq!(protected.sid.known().and_then(|s| s.rid()), Some(525));
    assert_eq!(protected.name, Tri::Known("PROTECTED USERS".into()));
    let sids: Vec<String> =
        protected.members.known().unwrap().iter().map(|m| m.sid.as_ref().unwrap().to_string()).collect();
    assert_eq!(sids, ["S-1-5-21-1-2-3-1200", "S-1-5-32-544"]);
    assert_eq!(other.members, Tri::KnownEmpty);
    let parsed = graph("groups", 4, &[group(525, json!([]))]);
    assert_eq!(groups(&parsed)[0].members, Tri::NOT_EXPORTED, "the method for groups did not run");
}

#[test]
fn a_torn_graph_is_reported() {
    let whole = json!({"data": [graph_computer("HV01", 1104, &json!({}))]}).to_string();
    let parsed = read(&whole[..whole.len() - 20]);
    assert_eq!((parsed.summary.kind, parsed.records.len(), parsed.summary.problems.len()), (Kind::AdTool, 0, 1));
}

/// An object of ldapdomaindump's domain_computers.json: ldap3 shows what it knows of the schema, and the rest in base64.
fn dumped(name: &str, more: &Value) -> Value {
    let mut attributes = json!({
        "cn": [name], "name": [name], "sAMAccountName": [format!("{name}$")],
        "dNSHostName": [format!("{name}.contoso.com")],
        "distinguishedName": [format!("CN={name},OU=Hosts,DC=contoso,DC=com")],
        "objectClass": ["top", "person", "organizationalPerson", "user", "computer"],
        "objectSid": ["S-1-5-21-1-2-3-1104"], "userAccountControl": [16_781_312], "logonCount": [12],
        "servicePrincipalName": [format!("HOST/{name}")], "uSNChanged": [16_420],
        "pwdLastSet": ["2021-11-30 21:48:42.123456+00:00"], "whenChanged": ["2021-11-30 21:48:42+00:00"],
    });
    for (name, value) in more.as_object().unwrap() {
        attributes[name] = value.clone();
    }
    json!({"attributes": attributes, "dn": format!("CN={name},OU=Hosts,DC=contoso,DC=com")})
}

#[test]
fn ldapdomaindump_shows_whole_objects() {
    let act =
        "AQAEgBQAAAAAAAAAAAAAACQAAAABAgAAAAAABSAAAAAgAgAABAAsAAEAAAAAACQA/wEPAAEFAAAAAAAFFQAAAMf3/td8d1XIlFrOAVEEAAA=";
    let more = json!({"msDS-AllowedToDelegateTo": ["cifs/HV02", "cifs/HV02.contoso.com"],
        "msDS-AllowedToActOnBehalfOfOtherIdentity": [{"encoded": act, "encoding": "base64"}]});
    let parsed = read(&json!([dumped("HV01", &more), dumped("HV02", &json!({}))]).to_string());
    let [first, second] = computers(&parsed).try_into().unwrap();
    assert_eq!(known(&first.allowed_to_delegate_to), ["cifs/HV02", "cifs/HV02.contoso.com"]);
    assert_eq!(first.allowed_to_act.known().unwrap()[0].sid.as_ref().and_then(|s| s.rid()), Some(1105));
    assert_eq!((first.trusted_to_auth.known(), first.sid.known().and_then(|s| s.rid())), (Some(&true), Some(1104)));
    assert!(first.when_changed.known().is_some() && first.password_last_set.known().is_some());
    assert_eq!((&second.allowed_to_delegate_to, &second.allowed_to_act), (&Tri::KnownEmpty, &Tri::KnownEmpty));
    // With -m only some attributes are asked for.
    let mut few = dumped("HV03", &json!({}));
    few["attributes"].as_object_mut().unwrap().retain(|name, _| name != "uSNChanged");
    assert_eq!(computers(&read(&json!([few]).to_string()))[0].allowed_to_delegate_to, Tri::NOT_EXPORTED);
}

#[test]
fn a_snapshot_as_lines_of_objects() {
    let line = |name: &str, more: Value| {
        let mut object = dumped(name, &more)["attributes"].clone();
        object["whenChanged"] = json!([1_638_303_114]);
        object["pwdLastSet"] = json!([132_827_764_041_402_386_u64]);
        object.to_string()
    };
    let schema = json!({"distinguishedName": ["CN=User,CN=Schema,DC=contoso,DC=com"], "cn": ["User"],
        "objectClass": ["top", "classSchema"], "whenChanged": [1_452_874_962]});
    let list = json!({"msDS-AllowedToDelegateTo": ["cifs/HV02"]});
    let group = json!({"distinguishedName": ["CN=Protected Users,CN=Users,DC=contoso,DC=com"], "cn": ["Protected Users"],
        "objectClass": ["top", "group"], "objectSid": ["S-1-5-21-1-2-3-525"], "uSNChanged": [12_444]});
    let parsed = read(&format!("{schema}\n{}\n{}\n{group}\n", line("HV01", list), line("HV02", json!({}))));
    assert_eq!(groups(&parsed)[0].members, Tri::KnownEmpty);
    let [first, second] = computers(&parsed).try_into().unwrap();
    assert_eq!(
        (known(&first.allowed_to_delegate_to), &second.allowed_to_delegate_to),
        (vec!["cifs/HV02"], &Tri::KnownEmpty)
    );
    assert_eq!(first.when_changed.known().unwrap().timestamp(), 1_638_303_114);
    assert_eq!(first.at.to_string(), "tool:$#2");
}

#[test]
fn tables_of_csvde() {
    let header = "DN,objectClass,cn,sAMAccountName,userAccountControl,objectSid,msDS-AllowedToDelegateTo,\
                  msDS-AllowedToActOnBehalfOfOtherIdentity,whenChanged,uSNChanged,logonCount\r\n";
    let act = "X'01000480140000000000000000000000240000000102000000000005200000002002000004002c000100000000002400ff010f00\
               010500000000000515000000c7f7fed77c7755c8945ace0151040000'";
    let line = |name: &str, list: &str, act: &str| {
        format!(
            "\"CN={name},OU=Hosts,DC=contoso,DC=com\",top;person;organizationalPerson;user;computer,{name},{name}$,16781312,\
             X'010500000000000515000000c7f7fed77c7755c8945ace0152040000',{list},{act},20211130214842.0Z,16420,12\r\n"
        )
    };
    let list = "Microsoft Virtual System Migration Service/HV02;cifs/HV02";
    let parsed = read(&format!("{header}{}{}", line("HV01", list, act), line("HV02", "", "")));
    assert_eq!(parsed.summary.kind, Kind::AdCsv);
    let [first, second] = computers(&parsed).try_into().unwrap();
    assert_eq!(known(&first.allowed_to_delegate_to), ["Microsoft Virtual System Migration Service/HV02", "cifs/HV02"]);
    assert_eq!(first.sid.known().and_then(|s| s.rid()), Some(1106));
    assert_eq!(first.allowed_to_act.known().unwrap()[0].sid.as_ref().and_then(|s| s.rid()), Some(1105));
    assert!(first.when_changed.known().is_some());
    assert_eq!((&second.allowed_to_delegate_to, &second.allowed_to_act), (&Tri::KnownEmpty, &Tri::KnownEmpty));
    assert_eq!(second.service_principal_names, Tri::KnownEmpty, "no object of the whole dump has one");
}

#[test]
fn the_misnamed_list_of_pingcastle() {
    let account = |name: &str| {
        format!(
            "<HealthcheckAccountDetailData><DistinguishedName>CN={name},OU=R&amp;D,DC=contoso,DC=com</DistinguishedName>\
             <Name>{name}</Name><CreationDate>2021-11-30T20:06:01Z</CreationDate></HealthcheckAccountDetailData>\r\n"
        )
    };
    let list = |name: &str, accounts: &str| format!("<{name}>\r\n{accounts}</{name}>\r\n");
    let text = format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<HealthcheckData>\r\n<UserAccountData>{}</UserAccountData>\r\n\
         <ComputerAccountData>{}{}{}</ComputerAccountData>\r\n</HealthcheckData>",
        list("ListEnabledTrustedToAuthenticateForDelegation", &account("svc-web")),
        list("ListInactive", &account("OLD01")),
        list("ListEnabledTrustedToAuthenticateForDelegation", &account("HV01")),
        list("ListDisabledTrustedToAuthenticateForDelegation", &account("HV02")),
    );
    let parsed = read(&text);
    assert_eq!((parsed.summary.kind, parsed.summary.problems.len()), (Kind::AdTool, 0));
    let [first, second] = computers(&parsed).try_into().unwrap();
    assert_eq!((first.name.as_str(), first.at.to_string().as_str()), ("HV01", "tool:11"));
    assert_eq!(first.distinguished_name, Tri::Known("CN=HV01,OU=R&D,DC=contoso,DC=com".into()));
    assert_eq!((&first.trusted_for_delegation, &first.trusted_to_auth), (&Tri::Known(true), &Tri::NOT_EXPORTED));
    assert_eq!((&first.enabled, &second.enabled), (&Tri::Known(true), &Tri::Known(false)));
    assert_eq!(first.allowed_to_delegate_to, Tri::NOT_EXPORTED);
    assert_eq!(users(&parsed).len(), 1);
    let torn = read(text.split("<ListDisabled").next().unwrap());
    assert_eq!((computers(&torn).len(), torn.summary.problems.len()), (1, 1));
}

#[test]
fn adrecon_words() {
    let parsed = read(
        "\"UserName\",\"Name\",\"DNSHostName\",\"Enabled\",\"Delegation Type\",\"Delegation Protocol\",\"Delegation Services\",\
         \"UserAccountControl\",\"Distinguished Name\"\r\n\
         \"HV01$\",\"HV01\",\"HV01.contoso.com\",\"True\",\"Constrained\",\"Any\",\"cifs/HV02,cifs/HV02.contoso.com\",\"16781312\",\
         \"CN=HV01,DC=contoso,DC=com\"\r\n\
         \"HV02$\",\"HV02\",\"HV02.contoso.com\",\"True\",\"\",\"\",\"\",\"4096\",\"CN=HV02,DC=contoso,DC=com\"\r\n",
    );
    let [first, second] = computers(&parsed).try_into().unwrap();
    assert_eq!(known(&first.allowed_to_delegate_to), ["cifs/HV02", "cifs/HV02.contoso.com"]);
    assert_eq!((&first.trusted_to_auth, &second.allowed_to_delegate_to), (&Tri::Known(true), &Tri::KnownEmpty));
    assert_eq!(second.allowed_to_act, Tri::NOT_EXPORTED, "ADRecon does not ask for it");
}

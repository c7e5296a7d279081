//! Get-ADUser and Get-ADGroupMember.

use crate::case::dumps::DumpFormat;
use crate::case::json::{Json, PowerShell};
use crate::case::{Case, Group, User, clixml, names, text};
use delegap_model::Sid;

/// Get-ADUser: the path and the file.
pub fn users(case: &Case, format: DumpFormat) -> (String, Vec<u8>) {
    match format.shell() {
        None if format == DumpFormat::Clixml => {
            let users: Vec<Json> = case.users.iter().map(|u| user_json(case, u)).collect();
            let text = clixml::document(&users, "Microsoft.ActiveDirectory.Management.ADUser");
            ("users.xml".to_owned(), format.encode(&text))
        }
        Some(shell) => {
            let users = case.users.iter().map(|u| user_json(case, u)).collect();
            ("users.json".to_owned(), format.encode(&Json::List(users).to_text(shell)))
        }
        None => {
            let rows: Vec<_> = case.users.iter().map(|u| user_cells(case, u)).collect();
            ("users.csv".to_owned(), format.encode(&text::csv(&USER_COLUMNS, &rows, ',')))
        }
    }
}

/// Get-ADGroupMember of one group: the path, which alone names the group, and the file.
pub fn group_members(case: &Case, group: &Group, format: DumpFormat) -> (String, Vec<u8>) {
    let members: Vec<Member> = group.members.iter().map(|name| Member::new(case, name)).collect();
    match format.shell() {
        None if format == DumpFormat::Clixml => {
            let list: Vec<Json> = members.iter().map(|m| m.json(PowerShell::V51)).collect();
            let text = clixml::document(&list, "Microsoft.ActiveDirectory.Management.ADPrincipal");
            (format!("{} members.xml", group.name), format.encode(&text))
        }
        Some(shell) => {
            let list = Json::List(members.iter().map(|m| m.json(shell)).collect());
            (format!("{} members.json", group.name), format.encode(&list.to_text(shell)))
        }
        None => {
            let rows: Vec<_> = members.iter().map(Member::cells).collect();
            (format!("{} members.csv", group.name), format.encode(&text::csv(&MEMBER_COLUMNS, &rows, ',')))
        }
    }
}

const USER_COLUMNS: [&str; 9] = [
    "AccountNotDelegated",
    "DistinguishedName",
    "Enabled",
    "MemberOf",
    "Name",
    "SamAccountName",
    "SID",
    "userAccountControl",
    "UserPrincipalName",
];

const MEMBER_COLUMNS: [&str; 6] = ["distinguishedName", "name", "objectClass", "objectGUID", "SamAccountName", "SID"];

/// NORMAL_ACCOUNT, and NOT_DELEGATED where set ([MS-ADTS] 2.2.16).
fn user_control(user: &User) -> u32 {
    0x200 | if user.sensitive { delegap_model::uac::NOT_DELEGATED } else { 0 }
}

fn group_dns(case: &Case, user: &User) -> Vec<String> {
    user.member_of.iter().map(|group| names::group_dn(group, &case.domain)).collect()
}

fn user_cells(case: &Case, user: &User) -> Vec<Option<String>> {
    let cells = [
        if user.sensitive { "True" } else { "False" }.to_owned(),
        names::user_dn(&user.name, &case.domain),
        "True".to_owned(),
        group_dns(case, user).join("; "),
        user.name.clone(),
        user.name.clone(),
        names::account_sid(&user.name).to_string(),
        user_control(user).to_string(),
        format!("{}@{}", user.name, case.domain),
    ];
    cells.into_iter().map(Some).collect()
}

fn user_json(case: &Case, user: &User) -> Json {
    let value = Json::Str;
    Json::object([
        ("AccountNotDelegated", Json::Bool(user.sensitive)),
        ("DistinguishedName", value(names::user_dn(&user.name, &case.domain))),
        ("Enabled", Json::Bool(true)),
        ("MemberOf", Json::texts(&group_dns(case, user))),
        ("Name", value(user.name.clone())),
        ("SamAccountName", value(user.name.clone())),
        ("SID", Json::object([("Value", value(names::account_sid(&user.name).to_string()))])),
        ("userAccountControl", Json::Int(i64::from(user_control(user)))),
        ("UserPrincipalName", value(format!("{}@{}", user.name, case.domain))),
        ("whenChanged", Json::Date(user.changed)),
    ])
}

struct Member {
    dn: String,
    name: String,
    class: &'static str,
    sam: String,
    sid: Sid,
}

impl Member {
    fn new(case: &Case, account: &str) -> Self {
        let (dn, class) = match account.strip_suffix('$') {
            Some(host) => (names::computer_dn(case.host(host), &case.domain), "computer"),
            None => (names::user_dn(account, &case.domain), "user"),
        };
        let name = account.trim_end_matches('$').to_owned();
        Member { dn, name, class, sam: account.to_owned(), sid: names::account_sid(account) }
    }

    fn guid(&self) -> String {
        names::guid(&format!("{} {}", self.class, self.name)).to_string()
    }

    fn cells(&self) -> Vec<Option<String>> {
        let (dn, name, sam) = (self.dn.clone(), self.name.clone(), self.sam.clone());
        [dn, name, self.class.to_owned(), self.guid(), sam, self.sid.to_string()].map(Some).to_vec()
    }

    fn json(&self, shell: PowerShell) -> Json {
        let sid = Json::Str(self.sid.to_string());
        let sid = if shell == PowerShell::V51 { Json::object([("Value", sid)]) } else { sid };
        Json::object([
            ("distinguishedName", Json::Str(self.dn.clone())),
            ("name", Json::Str(self.name.clone())),
            ("objectClass", Json::Str(self.class.to_owned())),
            ("objectGUID", Json::Str(self.guid())),
            ("SamAccountName", Json::Str(self.sam.clone())),
            ("SID", sid),
        ])
    }
}

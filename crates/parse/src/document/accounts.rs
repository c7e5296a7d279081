//! Rows of directory exports to computers, users and groups.

use super::context::Context;
use super::dates;
use super::ldif::Class;
use super::list::Split;
use super::principals;
use super::row::{Cell, Raw, Row, read_tri};
use super::shape::{
    ALLOWED_TO_ACT, ALLOWED_TO_DELEGATE_TO, COMPUTER_NAME, DISTINGUISHED_NAME, DNS_HOST_NAME, MEMBERS,
    SAM_ACCOUNT_NAME, SERVICE_PRINCIPAL_NAMES, SID, TRUSTED_FOR_DELEGATION, TRUSTED_TO_AUTH, USER_ACCOUNT_CONTROL,
};
use super::value;
use delegap_model::{Computer, Group, Record, Sid, Spn, Time, Tri, User, When, Why, uac};

/// One account; a row without any name is reported.
pub(super) fn record(class: Class, row: &Row, context: &mut Context) -> Option<Record> {
    let record = match class {
        Class::Computer => computer(row, context).map(|c| Record::Computer(Box::new(c))),
        Class::User => user(row, context).map(|u| Record::User(Box::new(u))),
        Class::Group => group(row, context).map(Box::new).map(Record::Group),
    };
    if record.is_none() {
        context.problem(&row.place, "an account without a name", "1 account");
    }
    record
}

/// Which kind of account a CSV row or JSON object describes; `None` for other objects.
pub(super) fn class_of(row: &Row, type_name: &str) -> Option<Class> {
    let classes = row.list(&["objectclass"], Split::Names).known().cloned().unwrap_or_default();
    let is = |name: &str| classes.iter().any(|c| c.trim().eq_ignore_ascii_case(name));
    let typed = |name: &str| type_name.ends_with(name);
    let ends_with_dollar = row.some_text(&["samaccountname"]).is_some_and(|n| n.ends_with('$'));
    match () {
        () if is("computer") => Some(Class::Computer),
        () if is("group") => Some(Class::Group),
        () if is("user") || is("inetorgperson") => Some(Class::User),
        () if !classes.is_empty() => None,
        () if typed(".ADComputer") || ends_with_dollar || row.has(&["dnshostname", "operatingsystem"]) => {
            Some(Class::Computer)
        }
        () if typed(".ADGroup") || row.has(MEMBERS) => Some(Class::Group),
        () if typed(".ADUser") || row.has(&["givenname", "surname"]) => Some(Class::User),
        () if [ALLOWED_TO_DELEGATE_TO, TRUSTED_TO_AUTH, ALLOWED_TO_ACT].iter().any(|names| row.has(names)) => {
            Some(Class::Computer)
        }
        () if row.has(&["accountnotdelegated", "delegationpermitted", "memberof", "userprincipalname"]) => {
            Some(Class::User)
        }
        () if [TRUSTED_FOR_DELEGATION, SERVICE_PRINCIPAL_NAMES].iter().any(|names| row.has(names)) => {
            Some(Class::Computer)
        }
        () if row.has(SAM_ACCOUNT_NAME) => Some(Class::User),
        // A name and a distinguished name: organisational units and policies have them too.
        () => None,
    }
}

/// `Select-Object` prints columns for properties that the query did not ask for, all blank. If one that every account
/// has is blank in all rows, or if no column shows that anything was asked for, blank lists tell nothing.
pub(super) fn forget_unrequested(rows: &mut [&mut Row], context: &mut Context) {
    const ALWAYS_SET: [&str; 7] = [
        "trustedfordelegation",
        "trustedtoauthfordelegation",
        "accountnotdelegated",
        "useraccountcontrol",
        "whenchanged",
        "whencreated",
        "pwdlastset",
    ];
    let blank_everywhere = |rows: &[&mut Row], name: &str| !rows.is_empty() && rows.iter().all(|r| r.is_blank(name));
    let lists = [ALLOWED_TO_DELEGATE_TO, SERVICE_PRINCIPAL_NAMES, ALLOWED_TO_ACT, MEMBERS, &["memberof"]];
    let blank_lists: Vec<_> = lists.into_iter().flatten().filter(|n| blank_everywhere(rows, n)).collect();
    let what = if ALWAYS_SET.iter().any(|name| blank_everywhere(rows, name)) {
        "columns are there, but the query did not ask for them (-Properties): blank cells are not taken for empty"
    } else if !blank_lists.is_empty() && !rows.iter().any(|r| shows_more_than_default(r)) {
        "lists are blank in all rows, and nothing shows that the query asked for them (-Properties): they are not \
         taken for empty"
    } else {
        return;
    };
    for name in blank_lists {
        for row in rows.iter_mut() {
            row.cells.insert((*name).into(), Cell::Unknown(Why::NotExported));
        }
    }
    context.problem("", what, "");
}

/// True if a value is there that the directory cmdlets don't print unasked.
fn shows_more_than_default(row: &Row) -> bool {
    const DEFAULT: [&str; 18] = [
        "cn",
        "computer",
        "computername",
        "distinguishedname",
        "dnshostname",
        "enabled",
        "givenname",
        "groupcategory",
        "groupscope",
        "name",
        "objectclass",
        "objectguid",
        "pscomputername",
        "runspaceid",
        "samaccountname",
        "sid",
        "surname",
        "userprincipalname",
    ];
    row.cells.keys().any(|key| !DEFAULT.contains(&&**key) && !row.is_blank(key))
}

const AUTHENTICATION_POLICY: &[&str] = &["msdsassignedauthnpolicy", "authenticationpolicy"];
const AUTHENTICATION_SILO: &[&str] = &["msdsassignedauthnpolicysilo", "authenticationpolicysilo"];

fn computer(row: &Row, context: &mut Context) -> Option<Computer> {
    let name = account_name(row)?;
    let mut computer = Computer::named(context.at(&row.place), name.strip_suffix('$').unwrap_or(&name));
    let control = account_control(row, context);
    let unconstrained = or_worded(
        legible(row.flag(TRUSTED_FOR_DELEGATION), "TrustedForDelegation", row, context),
        adrecon(row, "delegationtype", "unconstrained", None),
    );
    let any_protocol = or_worded(
        legible(row.flag(TRUSTED_TO_AUTH), "TrustedToAuthForDelegation", row, context),
        adrecon(row, "delegationprotocol", "any", Some("kerberos")),
    );
    computer.trusted_for_delegation =
        by_control(unconstrained, &control, uac::TRUSTED_FOR_DELEGATION, false, row, context);
    computer.trusted_to_auth = by_control(any_protocol, &control, uac::TRUSTED_TO_AUTH, false, row, context);
    computer.enabled = by_control(row.flag(&["enabled"]), &control, uac::DISABLED, true, row, context);
    computer.user_account_control = control;
    computer.dns_host_name = row.text(DNS_HOST_NAME);
    computer.distinguished_name = row.text(DISTINGUISHED_NAME);
    computer.sid = sid(row);
    computer.allowed_to_delegate_to = spns(row, ALLOWED_TO_DELEGATE_TO);
    computer.service_principal_names = spns(row, SERVICE_PRINCIPAL_NAMES);
    computer.member_of = row.list(&["memberof"], Split::Names);
    computer.allowed_to_act = principals::allowed_to_act(row, context);
    computer.supported_encryption_types = either(
        row,
        &["msdssupportedencryptiontypes", "supportedencryptiontypes"],
        &["kerberosencryptiontype"],
        encryption_types,
    );
    computer.operating_system = row.text(&["operatingsystem"]);
    computer.operating_system_version = row.text(&["operatingsystemversion"]);
    computer.when_changed = moment(row, &["whenchanged"]);
    computer.changed = changed(row, &computer.when_changed, context);
    computer.password_last_set = either(row, &["pwdlastset"], &["passwordlastset"], moment);
    computer.authentication_policy = row.text(AUTHENTICATION_POLICY);
    computer.authentication_silo = row.text(AUTHENTICATION_SILO);
    Some(computer)
}

fn spns(row: &Row, names: &[&str]) -> Tri<Vec<Spn>> {
    row.list(names, Split::Spns).map(|l| l.into_iter().map(Spn::new).collect())
}

fn user(row: &Row, context: &mut Context) -> Option<User> {
    let name = account_name(row)?;
    let control = account_control(row, context);
    let sensitive = or_worded(
        legible(row.flag(&["accountnotdelegated"]), "AccountNotDelegated", row, context),
        row.flag(&["delegationpermitted"]).map(|permitted| !permitted),
    );
    let when_changed = moment(row, &["whenchanged"]);
    Some(User {
        at: context.at(&row.place),
        name,
        user_principal_name: row.text(&["userprincipalname"]),
        distinguished_name: row.text(DISTINGUISHED_NAME),
        sid: sid(row),
        not_delegated: by_control(sensitive, &control, uac::NOT_DELEGATED, false, row, context),
        enabled: by_control(row.flag(&["enabled"]), &control, uac::DISABLED, true, row, context),
        member_of: row.list(&["memberof"], Split::Names),
        is_session: false,
        service_principal_names: spns(row, SERVICE_PRINCIPAL_NAMES),
        authentication_policy: row.text(AUTHENTICATION_POLICY),
        authentication_silo: row.text(AUTHENTICATION_SILO),
        changed: changed(row, &when_changed, context),
        when_changed,
    })
}

fn group(row: &Row, context: &mut Context) -> Option<Group> {
    let name = account_name(row)?;
    let members = row.list(MEMBERS, Split::Names);
    Some(Group {
        at: context.at(&row.place),
        name: Tri::Known(name),
        distinguished_name: row.text(DISTINGUISHED_NAME),
        sid: sid(row),
        members: members.map(|m| m.iter().map(|m| principals::of_text(m)).collect()),
    })
}

/// The name that Windows uses, else the best the export has.
fn account_name(row: &Row) -> Option<String> {
    let label = |t: String| t.split('.').next().filter(|l| !l.is_empty()).map(str::to_owned);
    row.some_text(SAM_ACCOUNT_NAME)
        .or_else(|| row.some_text(&["name", "cn"]))
        .or_else(|| row.some_text(COMPUTER_NAME))
        .or_else(|| row.some_text(DNS_HOST_NAME).and_then(label))
        .or_else(|| row.some_text(DISTINGUISHED_NAME).and_then(|dn| principals::first_rdn(&dn)))
}

fn account_control(row: &Row, context: &mut Context) -> Tri<u32> {
    legible(row.read(USER_ACCOUNT_CONTROL, value::account_control), "userAccountControl", row, context)
}

/// Reports a value that is there and can't be read.
fn legible<T>(told: Tri<T>, what: &str, row: &Row, context: &mut Context) -> Tri<T> {
    if let Tri::Unknown(Why::Unreadable(found)) = &told {
        context.problem(&row.place, format!("{what} can't be read: {found:?}"), "1 value");
    }
    told
}

/// The flag itself, or what another column says of it in words.
fn or_worded(flag: Tri<bool>, worded: Tri<bool>) -> Tri<bool> {
    if worded.is_told() { flag.or(worded) } else { flag }
}

/// A number, its names in one text, or a JSON array of names.
fn encryption_types(row: &Row, names: &[&str]) -> Tri<u32> {
    let told = row.read(names, value::encryption_types);
    let listed = || value::encryption_types(&row.list(names, Split::Names).known()?.join(","));
    if matches!(told, Tri::Unknown(Why::Unreadable(_))) { listed().map_or(told, Tri::Known) } else { told }
}

/// A flag of userAccountControl. Where an export also shows it as a value of its own and the two disagree, the raw
/// attribute counts, and the disagreement is reported.
fn by_control(
    shown: Tri<bool>,
    control: &Tri<u32>,
    bit: u32,
    inverted: bool,
    row: &Row,
    context: &mut Context,
) -> Tri<bool> {
    let control = match control {
        Tri::Known(control) => control,
        Tri::Unknown(why) if shown == Tri::NOT_EXPORTED => return Tri::Unknown(why.clone()),
        Tri::KnownEmpty | Tri::Unknown(_) => return shown,
    };
    let derived = (control & bit != 0) != inverted;
    if shown.known().is_some_and(|s| *s != derived) {
        context.problem(
            &row.place,
            format!("userAccountControl {control} says {derived} for bit {bit:#x}, another column says the opposite"),
            "",
        );
    }
    Tri::Known(derived)
}

/// ADRecon's worded columns. `Delegation Type` can hide unconstrained delegation behind `Constrained`, so only one
/// word of it tells something.
fn adrecon(row: &Row, column: &str, yes: &str, no: Option<&str>) -> Tri<bool> {
    match row.text(&[column]).known() {
        Some(word) if word.eq_ignore_ascii_case(yes) => Tri::Known(true),
        Some(word) if no.is_some_and(|n| word.eq_ignore_ascii_case(n)) => Tri::Known(false),
        _ => Tri::NOT_EXPORTED,
    }
}

pub(super) fn sid(row: &Row) -> Tri<Sid> {
    match row.bytes(SID) {
        Tri::Known(Raw::Bytes(bytes)) => Sid::from_bytes(&bytes)
            .map_or_else(|| Tri::Unknown(Why::Unreadable(format!("{} bytes", bytes.len()))), Tri::Known),
        Tri::Known(Raw::Text(text)) => read_tri(Tri::Known(text), value::sid),
        Tri::KnownEmpty => Tri::KnownEmpty,
        Tri::Unknown(why) => Tri::Unknown(why),
    }
}

/// What `first` tells, else what `second` tells. Where only `first` is there and can't be read, the absence of `second`
/// must not pass for an empty value.
fn either<T>(row: &Row, first: &[&str], second: &[&str], read: impl Fn(&Row, &[&str]) -> Tri<T>) -> Tri<T> {
    let told = read(row, first);
    if row.has(first) && !row.has(second) { told } else { told.or(read(row, second)) }
}

/// Columns with dates that PowerShell prints in the culture of who exports.
const DATES: [&str; 6] = ["whenchanged", "whencreated", "passwordlastset", "lastlogondate", "created", "modified"];

/// Which number of a date is the month, as far as all accounts of a document tell it together.
pub(super) fn date_order(rows: &[&mut Row]) -> dates::Order {
    let texts = rows.iter().flat_map(|row| DATES.iter().filter_map(|name| row.some_text(&[name])));
    let found: Vec<dates::Found> = texts.map(|text| dates::moment(&text).date).collect();
    dates::order(found.iter())
}

/// whenChanged where its zone is not certain: local to who exported.
fn changed(row: &Row, exact: &Tri<Time>, context: &Context) -> When {
    match exact {
        Tri::Known(time) => When::Exact(*time),
        Tri::KnownEmpty => When::Unknown,
        Tri::Unknown(_) => {
            row.some_text(&["whenchanged"]).map_or(When::Unknown, |t| dates::moment(&t).when(context.date_order))
        }
    }
}

fn moment(row: &Row, names: &[&str]) -> Tri<Time> {
    match row.text(names) {
        Tri::Known(text) if value::is_never(&text) => Tri::KnownEmpty,
        told => read_tri(told, value::time),
    }
}

//! Registry values: the registry editor's exports, what `reg query` prints, and Registry.pol of a Group Policy object. They
//! become a policy's registry values, under the names that a security template has for them.

use super::context::Context;
use super::policy;
use crate::words::count;
use delegap_model::{Os, PolicyScope, Record, SecurityPolicy, Tri, fold};
use std::collections::BTreeMap;

/// The first bytes of Registry.pol: signature and version ([MS-GPREG] 2.2.1).
const MAGIC: &[u8] = b"PReg\x01\0\0\0";

/// What of a machine's registry bears on sign-in, credentials and policy. An export may hold millions of other values.
const KEPT: [&str; 13] = [
    r"machine\software\policies\",
    r"machine\software\microsoft\windows\currentversion\policies\",
    r"machine\software\microsoft\ole\",
    r"machine\software\microsoft\windows nt\currentversion\virtualization",
    r"machine\system\currentcontrolset\control\lsa\",
    r"machine\system\currentcontrolset\control\deviceguard\",
    r"machine\system\currentcontrolset\control\securityproviders\",
    r"machine\system\currentcontrolset\services\kdc\",
    r"machine\system\currentcontrolset\services\lanmanserver\parameters\",
    r"machine\system\currentcontrolset\services\lanmanworkstation\parameters\",
    r"machine\system\currentcontrolset\services\ldap\",
    r"machine\system\currentcontrolset\services\netlogon\parameters\",
    r"machine\system\currentcontrolset\services\ntds\parameters\",
];
const VERSION: &str = r"machine\software\microsoft\windows nt\currentversion\";
/// Where a machine's own name stands.
const NAMES: [&str; 3] = [
    r"machine\system\currentcontrolset\control\computername\activecomputername\computername",
    r"machine\system\currentcontrolset\control\computername\computername\computername",
    r"machine\system\currentcontrolset\services\tcpip\parameters\hostname",
];

/// Lines that may stand before the first key that `reg query` prints: a script's headings.
const LINES_BEFORE_KEY: usize = 20;

/// What was read so far.
#[derive(Default)]
struct Values {
    kept: BTreeMap<String, String>,
    /// Of the version key and of the names, by the same names.
    about: BTreeMap<String, String>,
    /// Values seen in all.
    seen: u64,
}

impl Values {
    fn put(&mut self, key: &str, name: &str, data: Option<String>) {
        self.seen += 1;
        let path = format!("{}\\{}", key, fold(name.trim()));
        let about = NAMES.contains(&path.as_str())
            || path.strip_prefix(VERSION).is_some_and(|n| matches!(n, "currentbuild" | "ubr" | "productname"));
        let Some(data) = data else { return };
        if about {
            self.about.insert(path, data);
        } else if KEPT.iter().any(|prefix| path.starts_with(prefix)) {
            self.kept.insert(path, data);
        }
    }

    fn records(self, scope: PolicyScope, context: &Context) -> Vec<Record> {
        let host = NAMES.iter().find_map(|n| self.about.get(*n)).cloned();
        let version = |name: &str| self.about.get(&format!("{VERSION}{name}"));
        let number = |name: &str| version(name).and_then(|t| t.parse().ok()).map_or(Tri::NOT_EXPORTED, Tri::Known);
        let mut records = Vec::new();
        if version("currentbuild").is_some() && scope == PolicyScope::Host {
            records.push(Record::Os(Box::new(Os {
                at: context.at(""),
                host: host.clone(),
                caption: version("productname").map_or(Tri::NOT_EXPORTED, |n| Tri::Known(n.clone())),
                build: number("currentbuild"),
                revision: number("ubr"),
                domain: Tri::NOT_EXPORTED,
                booted: Tri::NOT_EXPORTED,
            })));
        }
        if !self.kept.is_empty() {
            let (rights, registry) = (BTreeMap::new(), self.kept);
            records.push(Record::SecurityPolicy(Box::new(SecurityPolicy {
                at: context.at(""),
                host,
                scope,
                rights,
                registry,
                lists_all_rights: false,
                applied: None,
            })));
        }
        records
    }
}

/// `HKEY_LOCAL_MACHINE\SYSTEM\…` as `machine\system\…`; `None` for other roots.
fn machine_key(key: &str) -> Option<String> {
    let (root, rest) = key.trim().split_once('\\')?;
    let of_machine = ["hkey_local_machine", "hklm", "hklm:"].contains(&fold(root).as_str());
    of_machine.then(|| format!("machine\\{}", fold(rest.trim_end_matches('\\'))))
}

/// Reads an export or the output of `reg query`; `None` if it is none of both.
pub(super) fn read(text: &str, context: &mut Context) -> Option<(Vec<Record>, u64)> {
    let first = text.lines().find(|l| !l.trim().is_empty())?.trim();
    let values = if first.starts_with("Windows Registry Editor Version") || first == "REGEDIT4" {
        exported(text, context)
    } else if text.lines().take(LINES_BEFORE_KEY).any(|l| l.starts_with("HKEY_LOCAL_MACHINE\\"))
        && text.contains("    REG_")
    {
        queried(text)
    } else {
        return None;
    };
    let seen = values.seen;
    Some((values.records(PolicyScope::Host, context), seen))
}

fn exported(text: &str, context: &mut Context) -> Values {
    let mut values = Values::default();
    let mut key = None;
    let mut lines = (1_u64..).zip(text.lines());
    while let Some((number, line)) = lines.next() {
        let line = line.trim();
        if let Some(path) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            key = machine_key(path);
            continue;
        }
        if !line.starts_with('"') {
            continue;
        }
        let Some((name, data)) = named(line) else {
            context.problem(&format!(":{number}"), "a line that is no value", "1 value");
            continue;
        };
        // `hex:` goes on below a `\`, and is binary.
        let mut last = line;
        while last.ends_with('\\') && data.starts_with("hex") {
            match lines.next() {
                Some((_, next)) => last = next.trim(),
                None => break,
            }
        }
        if let Some(key) = &key {
            let told = value(data);
            // A text may go on in the next lines.
            if told.is_none() && !data.starts_with("hex") && !data.starts_with(['-', '"']) {
                context.problem(&format!(":{number}"), "a value that can't be read", "1 value");
            }
            values.put(key, &name, told);
        }
    }
    values
}

/// Name and data of `"Name"=data`.
fn named(line: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut chars = line.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => name.extend(chars.next().map(|(_, c)| c)),
            '"' => return line.get(at + 1..)?.strip_prefix('=').map(|data| (name, data)),
            c => name.push(c),
        }
    }
    None
}

/// Numbers in decimal, texts as they are; `None` for binary data and for values that the file removes.
fn value(data: &str) -> Option<String> {
    if let Some(hex) = data.strip_prefix("dword:") {
        return u32::from_str_radix(hex.trim(), 16).ok().map(|n| n.to_string());
    }
    let text = data.strip_prefix('"')?.strip_suffix('"')?;
    Some(text.replace("\\\\", "\\").replace("\\\"", "\""))
}

/// A key on a line of its own, and below it `    Name    REG_DWORD    0x1`.
fn queried(text: &str) -> Values {
    let mut values = Values::default();
    let mut key = None;
    for line in text.lines() {
        if line.starts_with("HKEY_") {
            key = machine_key(line);
            continue;
        }
        let Some(rest) = line.strip_prefix("    ") else { continue };
        let mut parts = rest.splitn(3, "    ").map(str::trim);
        let (Some(name), Some(kind), data) = (parts.next(), parts.next(), parts.next().unwrap_or("")) else { continue };
        let data = match kind {
            "REG_DWORD" | "REG_QWORD" => {
                data.strip_prefix("0x").and_then(|h| u64::from_str_radix(h, 16).ok()).map(|n| n.to_string())
            }
            "REG_SZ" | "REG_EXPAND_SZ" | "REG_MULTI_SZ" => Some(data.to_owned()),
            _ => None,
        };
        if let Some(key) = &key {
            values.put(key, name, data);
        }
    }
    values
}

/// True for the content of Registry.pol.
pub(super) fn is_policy_file(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Reads Registry.pol: `[key;value;type;size;data]` after one another, in UTF-16.
pub(super) fn policy_file(bytes: &[u8], context: &mut Context) -> (Vec<Record>, u64) {
    let mut values = Values::default();
    let mut rest = bytes.get(MAGIC.len()..).unwrap_or_default();
    let of_user = context.name().split(['/', '\\']).any(|part| part.eq_ignore_ascii_case("user"));
    while !rest.is_empty() {
        let Some((entry, after)) = entry(rest) else {
            let at = format!("@{:#x}", bytes.len() - rest.len());
            context.problem(&at, "an entry that can't be read", count(rest.len() as u64, "byte"));
            break;
        };
        rest = after;
        // Names that begin so say what to remove.
        if !of_user && !entry.name.starts_with("**") {
            values.put(&format!("machine\\{}", fold(&entry.key)), &entry.name, entry.data);
        } else {
            values.seen += 1;
        }
    }
    let seen = values.seen;
    (values.records(policy::scope_of_policy_file(context.name()), context), seen)
}

struct Entry {
    key: String,
    name: String,
    data: Option<String>,
}

fn entry(bytes: &[u8]) -> Option<(Entry, &[u8])> {
    let rest = unit(bytes, '[')?;
    let (key, rest) = terminated(rest)?;
    let (name, rest) = terminated(unit(rest, ';')?)?;
    let (kind, rest) = number(unit(rest, ';')?)?;
    let (size, rest) = number(unit(rest, ';')?)?;
    let rest = unit(rest, ';')?;
    let (data, rest) = rest.split_at_checked(usize::try_from(size).ok()?)?;
    let rest = unit(rest, ']')?;
    // The registry's types: REG_SZ, REG_EXPAND_SZ, REG_DWORD; what lists hold is their first text.
    let data = match kind {
        1 | 2 | 7 => Some(wide(data)),
        4 => number(data).map(|(n, _)| n.to_string()),
        _ => None,
    };
    Some((Entry { key, name, data }, rest))
}

fn unit(bytes: &[u8], wanted: char) -> Option<&[u8]> {
    let (unit, rest) = bytes.split_first_chunk::<2>()?;
    (u32::from(u16::from_le_bytes(*unit)) == u32::from(wanted)).then_some(rest)
}

fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<4>()?;
    Some((u32::from_le_bytes(*number), rest))
}

/// A text up to its NUL.
fn terminated(bytes: &[u8]) -> Option<(String, &[u8])> {
    let end = bytes.chunks_exact(2).position(|unit| unit == [0, 0])? * 2;
    Some((wide(bytes.get(..end)?), bytes.get(end + 2..)?))
}

fn wide(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).filter_map(|u| u.try_into().ok().map(u16::from_le_bytes));
    let units: Vec<u16> = units.take_while(|u| *u != 0).collect();
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;
    use delegap_model::Limits;

    /// Host, value and its data.
    type Told = (Option<String>, String, String);

    fn told(records: &[Record]) -> (Vec<String>, Vec<Told>) {
        let mut builds = Vec::new();
        let mut values = Vec::new();
        for record in records {
            match record {
                Record::Os(os) => {
                    let number = |n: &Tri<u32>| n.known().map_or("-".to_owned(), u32::to_string);
                    builds.push(format!("{}.{}", number(&os.build), number(&os.revision)));
                }
                Record::SecurityPolicy(p) => {
                    let value = |(k, v): (&String, &String)| (p.host.clone(), k.clone(), v.clone());
                    values.extend(p.registry.iter().map(value));
                }
                other => panic!("{other:?}"),
            }
        }
        (builds, values)
    }

    const LSA: &str = r"machine\system\currentcontrolset\control\lsa\lsacfgflags";

    #[test]
    fn exports_and_queries() {
        let limits = Limits::default();
        let export = "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Lsa]\r\n\
            \"LsaCfgFlags\"=dword:00000002\r\n\"Security Packages\"=hex(7):22,00,\\\r\n  22,00\r\n\"Gone\"=-\r\n\
            [HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ComputerName]\r\n\"ComputerName\"=\"HV01\"\r\n\
            [HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]\r\n\"CurrentBuild\"=\"20348\"\r\n\
            \"UBR\"=dword:00000912\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Vendor]\r\n\"a\"=\"b\"\r\n\
            [HKEY_CURRENT_USER\\Software\\Policies\\X]\r\n\"a\"=dword:1\r\n";
        let query = "reg query of HV01\r\n\r\nHKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Lsa\r\n    LsaCfgFlags    REG_DWORD    0x2\r\n\
            \x20   Security Packages    REG_MULTI_SZ    \"\"\r\n\r\n\
            HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters\r\n    Hostname    REG_SZ    HV01\r\n\
            HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\r\n    CurrentBuild    REG_SZ    20348\r\n\
            \x20   UBR    REG_DWORD    0x912\r\n";
        for text in [export, query] {
            let mut context = Context::new("x.reg", &limits);
            let (builds, values) = told(&read(text, &mut context).unwrap().0);
            assert_eq!(builds, ["20348.2322"], "{text}");
            let lsa = values.iter().find(|(_, k, _)| k == LSA);
            assert_eq!(lsa, Some(&(Some("HV01".to_owned()), LSA.to_owned(), "2".to_owned())), "{text}");
            assert_eq!(context.into_problems(), [], "{text}");
        }
        assert!(read("HKEY_LOCAL_MACHINE\\x\n", &mut Context::new("x", &limits)).is_none());
    }

    fn pol(entries: &[(&str, &str, u32, &[u8])]) -> Vec<u8> {
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let mut bytes = MAGIC.to_vec();
        for (key, name, kind, data) in entries {
            let size = u32::try_from(data.len()).unwrap();
            bytes.extend([wide("["), wide(key), vec![0, 0], wide(";"), wide(name), vec![0, 0], wide(";")].concat());
            bytes.extend(
                [&kind.to_le_bytes()[..], &wide(";"), &size.to_le_bytes(), &wide(";"), data, &wide("]")].concat(),
            );
        }
        bytes
    }

    #[test]
    fn policy_files() {
        let limits = Limits::default();
        let key = "Software\\Policies\\Microsoft\\Windows\\DeviceGuard";
        let name = "{6AC1786C-016F-11D2-945F-00C04FB984F9}/Machine/Registry.pol";
        let bytes = pol(&[(key, "LsaCfgFlags", 4, &[1, 0, 0, 0]), (key, "**del.X", 1, &[32, 0, 0, 0])]);
        let mut context = Context::new(name, &limits);
        let (records, seen) = policy_file(&bytes, &mut context);
        let [Record::SecurityPolicy(policy)] = records.as_slice() else { panic!("{records:?}") };
        assert_eq!(policy.scope, PolicyScope::GroupPolicyObject("{6AC1786C-016F-11D2-945F-00C04FB984F9}".to_owned()));
        assert_eq!((policy.registry.len(), seen), (1, 2));
        assert_eq!(policy.registry[r"machine\software\policies\microsoft\windows\deviceguard\lsacfgflags"], "1");
        let user = policy_file(&bytes, &mut Context::new("{6AC1}/User/Registry.pol", &limits));
        assert_eq!((user.0.len(), user.1), (0, 2));
        for length in MAGIC.len() + 1..bytes.len() {
            let mut context = Context::new(name, &limits);
            policy_file(&bytes[..length], &mut context);
            let first_ends = length == pol(&[(key, "LsaCfgFlags", 4, &[1, 0, 0, 0])]).len();
            assert_eq!(context.into_problems().len(), usize::from(!first_ends), "{length}");
        }
    }
}

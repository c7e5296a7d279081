//! What machines log anyway: services, logons, other accounts' tickets and failures, audits without a refusal.

use super::audit::{self, Logon, Ticket};
use super::dice::Dice;
use super::log::{self, ERROR, INFORMATION, Source, WARNING, positional};
use super::world::{Entry, HostId, Time, World};
use crate::case::events::{vm_fields, vml};
use crate::case::{Payloads, Role};
use chrono::TimeDelta;
use delegap_model::Sid;

/// Events of one machine that have nothing to do with any move.
pub(super) fn events(w: &World, host: HostId, d: &mut Dice) -> Vec<Entry> {
    let mut out = Vec::new();
    daily(w, host, &mut out);
    let n = d.range(6, 30);
    for _ in 0..n {
        let at = w.from + TimeDelta::milliseconds(d.range(0, (w.to - w.from).num_milliseconds()));
        let entry = match w.machines[host].base.role {
            Role::DomainController => of_controller(w, host, at, d),
            _ => of_host(w, host, at, d),
        };
        out.push(entry);
    }
    out
}

/// Each log has an event of the first and of the last hour, and some of every day between.
fn daily(w: &World, host: HostId, out: &mut Vec<Entry>) {
    let hyper_v = w.machines[host].base.role == Role::HyperV;
    let mut at = w.from + TimeDelta::minutes(1);
    while at < w.to {
        let uptime = (at - w.from).num_seconds() + 864_000;
        let values = ["", "", "", "", &uptime.to_string(), "60", "0 Coordinated Universal Time"];
        out.push(log::event_log(w, host, at, 6013, &values));
        if !w.unseen.iter().any(|(h, from, until)| *h == host && at >= *from && at < *until) {
            out.push(machine_logon(w, host, at + TimeDelta::seconds(20)));
        }
        if hyper_v {
            let vm = format!("{}-template", w.name(host).to_lowercase());
            let (host, mut event) =
                log::vmms(w, host, at + TimeDelta::seconds(33), 13002, INFORMATION, &vm_fields(&vm));
            event.payload = vml(&vm_fields(&vm), Payloads::Named);
            out.push((host, event));
            let (host, mut event) =
                log::worker(w, host, at + TimeDelta::seconds(44), 18500, INFORMATION, &vm, &vm_fields(&vm));
            event.payload = vml(&vm_fields(&vm), Payloads::Named);
            out.push((host, event));
        }
        at += TimeDelta::hours(11);
    }
    let last = w.to - TimeDelta::minutes(2);
    out.push(log::event_log(w, host, last, 6013, &["", "", "", "", "901337", "60", "0 Coordinated Universal Time"]));
    if hyper_v {
        out.push(log::vmms(w, host, last, 14052, INFORMATION, &vec![("Spn", "Hyper-V Replica Service".to_owned())]));
    }
}

/// A machine's account signs in to another machine.
fn machine_logon(w: &World, host: HostId, at: Time) -> Entry {
    let controller = w.controller(host);
    let account = format!("{}$", w.name(controller));
    let sid = w.computer_sid(controller);
    let address = w.address(controller);
    let logon = Logon { account: &account, sid, kind: 3, package: "Kerberos", address, through: "-" };
    audit::logged_on(w, host, at, &logon, 0x5_5501)
}

fn of_host(w: &World, host: HostId, at: Time, d: &mut Dice) -> Entry {
    let service = d.pick(&["Windows Update", "Volume Shadow Copy", "Software Protection", "WinHTTP Proxy"]);
    let state = d.pick(&["running", "stopped"]);
    match d.below(9) {
        0..4 => log::service(w, host, at, 7036, INFORMATION, &[service, state]),
        4 => log::service(w, host, at, 7031, ERROR, &["Print Spooler", "1", "60000", "1", "Restart the service"]),
        5 => {
            let realm = w.realm(host);
            let fields = vec![
                ("Server", "fs07$".to_owned()),
                ("TargetRealm", realm.clone()),
                ("Targetname", format!("cifs/fs07.{}", w.domain_of(host).dns)),
                ("ClientRealm", realm),
            ];
            log::kerberos(w, host, at, 4, &fields)
        }
        6 => {
            let fields = vec![("QueryName", "wpad".to_owned()), ("AddressLength", "128".to_owned())];
            log::other(w, Source::DnsClient, host, at, 1014, WARNING, &fields)
        }
        7 => {
            let source = vec![("TimeSource", w.fqdn(w.controller(host)))];
            log::other(w, Source::TimeService, host, at, 37, INFORMATION, &source)
        }
        _ => audit::refused_logon(w, host, at, ("backup", "S-1-0-0"), 3, (0xc000_006d, 0xc000_006a), "10.99.1.7"),
    }
}

fn of_controller(w: &World, controller: HostId, at: Time, d: &mut Dice) -> Entry {
    let realm = w.realm(controller);
    match d.below(8) {
        0 | 1 => {
            let account = format!("{}@{realm}", d.pick(&["svc_web", "svc_sql", "APP17$", "svc_rpt"]));
            let service = d.pick(&["HTTP/intranet", "MSSQLSvc/db02:1433", "svc_sql", "cifs/fs07"]);
            let status = d.pick(&[0xd, 0xd, 0x7, 0x20, 0x1b]);
            let address = d.pick(&["10.77.3.9", "10.77.3.21"]);
            let ticket = Ticket { account: &account, service, address, status, through: "-" };
            audit::service_ticket(w, controller, at, &ticket)
        }
        2 => audit::initial_ticket(w, controller, at, "j.doe", "10.77.4.4", 0x18),
        3 => {
            // The audit of a hardening programme: nothing is refused.
            let id = d.pick(&[201, 202, 206, 207]);
            let values =
                ["svc_rpt", &realm, "HTTP/rpt", "S-1-5-21-9-9-9-1180", "N/A", "RC4", "N/A", "10.77.3.9", "50111"];
            log::kdc(w, controller, at, id, WARNING, positional(&values, None))
        }
        4 => {
            let name = vec![
                ("Name", format!("HTTP/intranet.{}", w.domain_of(controller).dns)),
                ("Type", "DS_SERVICE_PRINCIPAL_NAME".to_owned()),
            ];
            log::kdc(w, controller, at, 11, ERROR, log::texts(&name))
        }
        5 => log::service(w, controller, at, 7036, INFORMATION, &["DNS Server", "running"]),
        6 => {
            let account = "OLDPC12$";
            log::netlogon(w, controller, at, 5722, &["OLDPC12", account, "%%5"], 0xc000_0022)
        }
        _ => {
            let logon = Logon {
                account: "svc_backup",
                sid: Sid::parse("S-1-5-21-9-9-9-1190").expect("a SID"),
                kind: 3,
                package: "Kerberos",
                address: "10.77.3.30",
                through: "-",
            };
            audit::logged_on(w, controller, at, &logon, 0x9_0001)
        }
    }
}

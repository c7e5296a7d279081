//! Which kind of object a set of column, attribute or property names belongs to.

use super::row::Row;

/// What the rows of a document describe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Computers, users, groups: each row tells which.
    Accounts,
    /// Get-ADGroupMember.
    Members,
    /// Get-HotFix.
    Hotfix,
    /// wmic qfe.
    WmicQfe,
    /// Get-VMHost.
    VmHost,
    /// Get-ClusterNode.
    ClusterNodes,
    /// Get-Cluster.
    Cluster,
    /// Get-ComputerInfo, Win32_OperatingSystem, the registry's CurrentVersion key.
    Os,
    /// Win32_DeviceGuard.
    DeviceGuard,
    /// Get-VMMigrationNetwork.
    MigrationNetworks,
    /// Get-ADReplicationAttributeMetadata.
    AttributeMetadata,
    /// Get-WUHistory, QueryHistory of the update agent.
    UpdateHistory,
    /// Get-WindowsPackage.
    Packages,
    /// Get-ClusterGroup, Get-ClusterNetwork, Get-ClusterResource.
    ClusterObjects,
    /// Get-VM.
    VirtualMachines,
}

// Names that exports use, folded by `row::key`, the raw attribute first.
pub(super) const ALLOWED_TO_DELEGATE_TO: &[&str] = &[
    "msdsallowedtodelegateto",
    "allowedtodelegateto",
    "allowedtodelegate",
    "delegatedto",
    "delegateto",
    "allowedservices",
    "delegationservices",
];
pub(super) const SERVICE_PRINCIPAL_NAMES: &[&str] = &["serviceprincipalname", "serviceprincipalnames", "spn", "spns"];
pub(super) const DISTINGUISHED_NAME: &[&str] = &["distinguishedname", "dn"];
pub(super) const SAM_ACCOUNT_NAME: &[&str] = &["samaccountname", "username"];
/// What scripts call the name of a computer.
pub(super) const COMPUTER_NAME: &[&str] = &["computername", "computer", "hostname"];
pub(super) const DNS_HOST_NAME: &[&str] = &["dnshostname"];
pub(super) const SID: &[&str] = &["objectsid", "sid"];
pub(super) const USER_ACCOUNT_CONTROL: &[&str] = &["useraccountcontrol"];
pub(super) const TRUSTED_FOR_DELEGATION: &[&str] =
    &["trustedfordelegation", "unconstrained", "unconstraineddelegation"];
pub(super) const TRUSTED_TO_AUTH: &[&str] = &["trustedtoauthfordelegation", "protocoltransition", "trustedtoauth"];
pub(super) const ALLOWED_TO_ACT: &[&str] = &[
    "msdsallowedtoactonbehalfofotheridentity",
    "principalsallowedtodelegatetoaccount",
    "allowedtoactonbehalfofotheridentity",
    "rbcdprincipals",
    "allowedtoact",
    "rbcd",
];
pub(super) const MEMBERS: &[&str] = &["member", "members"];

const STRONG: &[&[&str]] = &[
    ALLOWED_TO_DELEGATE_TO,
    &["serviceprincipalname", "serviceprincipalnames"],
    DISTINGUISHED_NAME,
    &["samaccountname"],
    DNS_HOST_NAME,
    USER_ACCOUNT_CONTROL,
    TRUSTED_FOR_DELEGATION,
    TRUSTED_TO_AUTH,
    ALLOWED_TO_ACT,
    &["accountnotdelegated", "msdssupportedencryptiontypes", "kerberosencryptiontype"],
    &["memberof"],
];

/// What Get-ADGroupMember prints.
const OF_MEMBER: [&str; 6] = ["distinguishedname", "name", "objectclass", "objectguid", "samaccountname", "sid"];

/// What Get-ADComputer, Get-ADUser and Get-ADGroup print and Get-ADGroupMember does not.
const NOT_OF_MEMBER: [&str; 6] =
    ["enabled", "userprincipalname", "dnshostname", "useraccountcontrol", "groupscope", "groupcategory"];

/// Properties of a cluster's resources, groups, networks and their interfaces, all of which have a state, too.
const NOT_OF_NODE: [&str; 11] = [
    "ownergroup",
    "ownernode",
    "resourcetype",
    "vmid",
    "role",
    "metric",
    "address",
    "addressmask",
    "adapter",
    "network",
    "node",
];

/// Properties of Get-VM, also as its table shows them.
const OF_VM: [&str; 8] = [
    "vmid",
    "cpuusage",
    "cpuusage(%)",
    "memoryassigned",
    "memoryassigned(m)",
    "uptime",
    "integrationservicesstate",
    "processorcount",
];

/// Properties that only Get-VM has of what names a VM and its id.
const ONLY_OF_VM: [&str; 5] =
    ["version", "generation", "configurationlocation", "compatibilityformigrationenabled", "integrationservicesstate"];

/// Properties of a VM's checkpoints and parts, and of a cluster's objects for it.
const NOT_OF_VM: [&str; 6] = ["snapshottype", "macaddress", "controllertype", "ownergroup", "ownernode", "cluster"];

/// Properties of Get-Cluster that no other object has.
const CLUSTER_ONLY: [&str; 10] = [
    "clusterfunctionallevel",
    "clusterupgradeversion",
    "clusterlogsize",
    "crosssubnetdelay",
    "samesubnetdelay",
    "sharedvolumesroot",
    "s2denabled",
    "dynamicquorum",
    "witnessdynamicweight",
    "quorumarbitrationtimemax",
];

/// The shape of an object that has the names for which `has` is true, `count` names in all.
pub(super) fn of_keys(has: impl Fn(&str) -> bool, count: usize) -> Option<Shape> {
    let any = |names: &[&str]| names.iter().any(|n| has(n));
    if has("hotfixid") {
        return Some(if has("node") { Shape::WmicQfe } else { Shape::Hotfix });
    }
    // `fl VirtualMachineMigration*` leaves the name out: nobody knows whose settings these are, and the report says so.
    if any(&["virtualmachinemigrationauthenticationtype", "virtualmachinemigrationenabled"]) {
        return Some(Shape::VmHost);
    }
    if has("securityservicesrunning") {
        return Some(Shape::DeviceGuard);
    }
    if has("attributename") && has("lastoriginatingchangetime") {
        return Some(Shape::AttributeMetadata);
    }
    if is_history(&has) {
        return Some(Shape::UpdateHistory);
    }
    if any(&["packagename", "packageidentity"]) && any(&["packagestate", "releasetype"]) {
        return Some(Shape::Packages);
    }
    if has("subnet") && any(&["priority", "isdeleted"]) {
        return Some(Shape::MigrationNetworks);
    }
    let registry = has("ubr") && any(&["currentbuild", "currentbuildnumber"]);
    if registry || has("osbuildnumber") || (has("buildnumber") && has("caption") && has("version")) {
        return Some(Shape::Os);
    }
    if has("name") && any(&CLUSTER_ONLY) && !has("cluster") {
        return Some(Shape::Cluster);
    }
    let node = any(&["nodeweight", "dynamicweight", "nodename", "drainstatus"]) || (has("cluster") && has("state"));
    if any(&["name", "nodename"]) && has("state") && node && !any(&NOT_OF_NODE) {
        return Some(Shape::ClusterNodes);
    }
    if is_cluster_object(&has) {
        return Some(Shape::ClusterObjects);
    }
    if is_vm(&has) {
        return Some(Shape::VirtualMachines);
    }
    if OF_MEMBER.iter().all(|n| has(n)) && !any(&NOT_OF_MEMBER) && !any(MEMBERS) {
        return Some(Shape::Members);
    }
    let strong = STRONG.iter().filter(|names| any(names)).count();
    let named = any(&["name", "cn", "samaccountname", "dnshostname", "distinguishedname", "dn"]) || any(COMPUTER_NAME);
    if named && (strong >= 2 || (strong == 1 && any(&["name", "cn", "enabled", "objectclass"]) && count > 1)) {
        return Some(Shape::Accounts);
    }
    (has("name") && has("domain") && count == 2).then_some(Shape::Cluster)
}

/// True for the history of the update agent: title, date, and what only it has.
pub(super) fn is_history(has: impl Fn(&str) -> bool) -> bool {
    const OF_HISTORY: [&str; 5] = ["operation", "operationname", "resultcode", "updateidentity", "clientapplicationid"];
    has("title") && has("date") && OF_HISTORY.iter().any(|n| has(n))
}

/// True for groups, resources and networks of a cluster.
pub(super) fn is_cluster_object(has: impl Fn(&str) -> bool) -> bool {
    let kinds: [&[&str]; 2] = [&["ownernode"], &["ownergroup", "resourcetype"]];
    let owned = has("name") && has("state") && kinds.iter().any(|names| names.iter().all(|n| has(n)));
    owned || is_cluster_network(has)
}

/// True for networks of a cluster: `Get-ClusterNetwork | Format-List Name, Role, State, Address` has no metric.
pub(super) fn is_cluster_network(has: impl Fn(&str) -> bool) -> bool {
    has("name") && has("state") && has("role") && (has("metric") || has("address"))
}

/// True for Get-VM, and for Get-VMProcessor, which tells a VM's processor compatibility.
pub(super) fn is_vm(has: impl Fn(&str) -> bool) -> bool {
    let named = has("name") || has("vmname");
    let listed = has("state") && OF_VM.iter().filter(|n| has(n)).count() > 1;
    let identified = has("vmid") && ONLY_OF_VM.iter().any(|n| has(n));
    let processor = has("vmname") && has("compatibilityformigrationenabled");
    named && (listed || identified || processor) && !NOT_OF_VM.iter().any(|n| has(n))
}

/// The shape of one row.
pub(super) fn of_row(row: &Row) -> Option<Shape> {
    of_keys(|name| row.cells.contains_key(name), row.cells.len())
}

/// True if a row shows nothing that Get-ADGroupMember does not print.
pub(super) fn may_be_member(row: &Row) -> bool {
    row.cells.keys().all(|k| OF_MEMBER.contains(&&**k))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str]) -> Option<Shape> {
        of_keys(|n| names.contains(&n), names.len())
    }

    #[test]
    fn shapes_by_names() {
        assert_eq!(of(&["name", "allowedtodelegateto", "trustedtoauthfordelegation"]), Some(Shape::Accounts));
        assert_eq!(of(&["name", "samaccountname"]), Some(Shape::Accounts));
        assert_eq!(of(&["samaccountname", "memberof"]), Some(Shape::Accounts));
        assert_eq!(of(&["name", "virtualmachinemigrationenabled"]), Some(Shape::VmHost));
        assert_eq!(of(&["name", "id", "state", "cluster"]), Some(Shape::ClusterNodes));
        assert_eq!(of(&["name", "domain"]), Some(Shape::Cluster));
        for names in [
            &["name", "ownergroup", "cluster", "state", "resourcetype"][..],
            &["cluster", "name", "state", "role", "metric"],
        ] {
            assert_eq!(of(names), Some(Shape::ClusterObjects), "{names:?}");
        }
        assert_eq!(of(&["name", "state", "cpuusage(%)", "memoryassigned(m)"]), Some(Shape::VirtualMachines));
        assert_eq!(of(&["computername", "name", "vmid", "version"]), Some(Shape::VirtualMachines));
        assert_eq!(of(&["vmname", "count", "compatibilityformigrationenabled"]), Some(Shape::VirtualMachines));
        assert_eq!(of(&["productname", "currentbuild", "ubr"]), Some(Shape::Os));
        assert_eq!(of(&["subnet", "priority", "computername"]), Some(Shape::MigrationNetworks));
        let member = ["distinguishedname", "name", "objectclass", "objectguid", "samaccountname", "sid"];
        assert_eq!(of(&member), Some(Shape::Members));
        assert_eq!(of(&[&member[..], &["groupscope"]].concat()), Some(Shape::Accounts));
    }

    #[test]
    fn look_alikes_are_not_taken() {
        assert_eq!(of(&["name", "state"]), None);
        assert_eq!(of(&["name", "value"]), None);
        assert_eq!(of(&["name", "vmid", "state", "cluster"]), None);
        assert_eq!(
            of(&["cluster", "name", "node", "state", "network", "adapter"]),
            None,
            "Get-ClusterNetworkInterface"
        );
        assert_eq!(of(&["name", "vmid", "vmname", "state", "version", "snapshottype"]), None, "Get-VMSnapshot");
        assert_eq!(of(&["name", "computername", "version"]), None, "a list of software");
        assert_eq!(of(&["name", "sid"]), None);
    }
}

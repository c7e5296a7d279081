//! What a directory export says about accounts.

use crate::{Sid, SourceRef, Spn, Time, Tri, When};

/// Bits of userAccountControl ([MS-ADTS] 2.2.16).
pub mod uac {
    /// ACCOUNTDISABLE
    pub const DISABLED: u32 = 0x2;
    /// SERVER_TRUST_ACCOUNT: a domain controller.
    pub const SERVER_TRUST: u32 = 0x2000;
    /// TRUSTED_FOR_DELEGATION: unconstrained delegation.
    pub const TRUSTED_FOR_DELEGATION: u32 = 0x8_0000;
    /// NOT_DELEGATED: "account is sensitive and cannot be delegated".
    pub const NOT_DELEGATED: u32 = 0x10_0000;
    /// TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION: "use any authentication protocol".
    pub const TRUSTED_TO_AUTH: u32 = 0x100_0000;
}

/// A computer object. Booleans that the export lacks are filled in from userAccountControl by the parser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Computer {
    /// File and line, record or path.
    pub at: SourceRef,
    /// The short name without `$`, as spelt.
    pub name: String,
    /// dNSHostName
    pub dns_host_name: Tri<String>,
    /// distinguishedName
    pub distinguished_name: Tri<String>,
    /// objectSid
    pub sid: Tri<Sid>,
    /// msDS-AllowedToDelegateTo: the services this computer may act toward for a user.
    pub allowed_to_delegate_to: Tri<Vec<Spn>>,
    /// userAccountControl
    pub user_account_control: Tri<u32>,
    /// TRUSTED_FOR_DELEGATION: unconstrained.
    pub trusted_for_delegation: Tri<bool>,
    /// TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION: protocol transition.
    pub trusted_to_auth: Tri<bool>,
    /// Not disabled.
    pub enabled: Tri<bool>,
    /// Resource-based delegation: who may act toward this computer for a user
    /// (msDS-AllowedToActOnBehalfOfOtherIdentity, PrincipalsAllowedToDelegateToAccount).
    pub allowed_to_act: Tri<Vec<Principal>>,
    /// servicePrincipalName
    pub service_principal_names: Tri<Vec<Spn>>,
    /// memberOf: names or DNs of groups.
    pub member_of: Tri<Vec<String>>,
    /// msDS-SupportedEncryptionTypes
    pub supported_encryption_types: Tri<u32>,
    /// operatingSystem, such as `Windows Server 2022 Datacenter`.
    pub operating_system: Tri<String>,
    /// operatingSystemVersion, such as `10.0 (20348)`.
    pub operating_system_version: Tri<String>,
    /// whenChanged, when its zone is certain. Local to each domain controller, and moved by any attribute.
    pub when_changed: Tri<Time>,
    /// whenChanged as precisely as the export tells it: a local time where `when_changed` is not certain.
    pub changed: When,
    /// pwdLastSet
    pub password_last_set: Tri<Time>,
    /// msDS-AssignedAuthNPolicy
    pub authentication_policy: Tri<String>,
    /// msDS-AssignedAuthNPolicySilo
    pub authentication_silo: Tri<String>,
}

impl Computer {
    /// A computer of which only the name is known.
    pub fn named(at: SourceRef, name: impl Into<String>) -> Self {
        Computer {
            at,
            name: name.into(),
            dns_host_name: Tri::default(),
            distinguished_name: Tri::default(),
            sid: Tri::default(),
            allowed_to_delegate_to: Tri::default(),
            user_account_control: Tri::default(),
            trusted_for_delegation: Tri::default(),
            trusted_to_auth: Tri::default(),
            enabled: Tri::default(),
            allowed_to_act: Tri::default(),
            service_principal_names: Tri::default(),
            member_of: Tri::default(),
            supported_encryption_types: Tri::default(),
            operating_system: Tri::default(),
            operating_system_version: Tri::default(),
            when_changed: Tri::default(),
            changed: When::Unknown,
            password_last_set: Tri::default(),
            authentication_policy: Tri::default(),
            authentication_silo: Tri::default(),
        }
    }
}

/// A user object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// File and line, record or path.
    pub at: SourceRef,
    /// sAMAccountName, or the best name the export has.
    pub name: String,
    /// userPrincipalName
    pub user_principal_name: Tri<String>,
    /// distinguishedName
    pub distinguished_name: Tri<String>,
    /// objectSid
    pub sid: Tri<Sid>,
    /// NOT_DELEGATED: "account is sensitive and cannot be delegated".
    pub not_delegated: Tri<bool>,
    /// Not disabled.
    pub enabled: Tri<bool>,
    /// memberOf: names or DNs of groups.
    pub member_of: Tri<Vec<String>>,
    /// False for an export of the directory. True: nothing is known but the groups of one session, nested ones too.
    pub is_session: bool,
    /// servicePrincipalName
    pub service_principal_names: Tri<Vec<Spn>>,
    /// msDS-AssignedAuthNPolicy
    pub authentication_policy: Tri<String>,
    /// msDS-AssignedAuthNPolicySilo
    pub authentication_silo: Tri<String>,
    /// whenChanged, when its zone is certain.
    pub when_changed: Tri<Time>,
    /// whenChanged as precisely as the export tells it.
    pub changed: When,
}

/// A group and its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// File and line, record or path.
    pub at: SourceRef,
    /// The group's name. `Get-ADGroupMember` does not print it: then taken from the file name, or unknown.
    pub name: Tri<String>,
    /// distinguishedName
    pub distinguished_name: Tri<String>,
    /// objectSid; RID 525 is Protected Users.
    pub sid: Tri<Sid>,
    /// The members as the export names them.
    pub members: Tri<Vec<Principal>>,
}

/// A reference to an account, by whatever the export gives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Principal {
    /// distinguishedName
    pub distinguished_name: Option<String>,
    /// objectSid
    pub sid: Option<Sid>,
    /// sAMAccountName or common name, a computer's with its `$` if so written.
    pub name: Option<String>,
}

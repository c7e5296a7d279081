//! The Markdown rendering of a well-meant diagnosis.

use crate::cases::{empty, rich};
use delegap_report::markdown;

#[test]
fn a_ticket_can_be_read_raw() {
    let text = markdown(&rich());
    for part in [
        "# Cause found: kcd-kerberos-only \\(delegation, likely\\)\n\nHV01 can't hand VMs",
        "**Migration attempts:** 2 failed \\(1 explained, 1 unexplained\\), 1 completed\n",
        "## F1 ERROR: Delegation of HV01 is set to Kerberos only\n",
        "1. 2026-11-20 21:14:03Z HV01 \\(source\\): no credentials \\[`HV01/VMMS-Admin.evtx#48213`\\]\n2. ",
        "   ```powershell\n   Get-ADComputer HV01 | Set-ADAccountControl -TrustedToAuthForDelegation $true\n   ```\n",
        "   **Undo:**\n\n   ```powershell\n   Get-ADComputer HV01 | Set-ADAccountControl -TrustedToAuthForDelegation $false\n   ```\n",
        "- The host settings of HV01: Get-VMHost &#124; Export-Clixml HV01.clixml\n",
        "- How to set up hosts for live migration: [source](https://learn.microsoft.com/windows-server/",
        "| From \\\\ to | HV01 | HV02 |\n| --- | --- | --- |\n| HV01 | - | GAP |\n| HV02 | ? | - |\n",
        "## NOT CHECKED \\(3\\)\n",
    ] {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
    assert!(text.ends_with('\n') && !text.ends_with("\n\n"));
}

#[test]
fn nothing_examined_does_not_look_fine() {
    assert!(markdown(&empty()).contains("**Examined:** NOTHING"));
}

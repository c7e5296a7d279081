//! What lets VMs move while the directory is being repaired, and what to leave alone meanwhile.

/// Sentences in the order to try them. `same_cluster`: are source and destination nodes of one cluster?
/// `cluster_run`: the failing moves were cluster moves already.
pub fn workarounds(same_cluster: Option<bool>, cluster_run: bool) -> Vec<String> {
    let mut texts = vec![
        "Start the move on the source's own console (locally or by Remote Desktop): the administrator's own sign-in \
         is used and nothing has to be delegated. With CredSSP this fails where Credential Guard runs on the source."
            .to_owned(),
    ];
    if same_cluster != Some(false) && !cluster_run {
        texts.push(
            "If both hosts are nodes of one cluster, start it as a cluster move (Failover Cluster Manager, \
             Move-ClusterVirtualMachineRole, drain) and not with Move-VM or Hyper-V Manager: the cluster service moves \
             roles under its own identity."
                .to_owned(),
        );
    }
    if same_cluster != Some(false) {
        texts.push(
            "For a VM that may pause: quick migration (Move-ClusterVirtualMachineRole -MigrationType Quick) saves it \
             and resumes it on the other node."
                .to_owned(),
        );
    }
    texts.push(
        "Leave for later, or leave out: a restart of a host that can't be drained (its VMs go down with it), switching \
         off Credential Guard, and a restart of the service vmms on a cluster node (it interrupts the management of \
         every VM role there)."
            .to_owned(),
    );
    texts
}

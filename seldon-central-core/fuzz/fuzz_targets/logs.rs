//! Any bytes as the log of each process: what is read of them does not depend on how they come, can be
//! saved, and is judged.

#![no_main]

use libfuzzer_sys::fuzz_target;
use seldon_central_core::{
    log::{Container, ContainerLog, End, Excerpt, Process, Reader, Reading, Start},
    manifest,
    profile::ControlPlane,
    resource,
    rules::{RULES, World, run},
    snapshot::{Read, Scope, Snapshot},
};

const TENANT: &str = "\
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: fin}
spec: {type: ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: a, namespace: fin}
spec: {serverConfig: mlserver}
status: {conditions: [{type: Ready, status: 'False', reason: 'server notify failed: rpc error'}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a-0, namespace: fin, labels: {app.kubernetes.io/name: seldon-server, seldon-server-name: a}}
status: {phase: Running}
---
apiVersion: v1
kind: Pod
metadata: {name: seldon-scheduler-0, namespace: seldon-system, labels: {app.kubernetes.io/name: seldon-scheduler}}
status: {phase: Running}
---
apiVersion: v1
kind: Pod
metadata: {name: operator, namespace: seldon-system, labels: {control-plane: v2-controller-manager}}
status: {phase: Running}
";

fuzz_target!(|log: &[u8]| {
    let objects: Vec<_> = manifest::read("-", TENANT).unwrap().objects.into_iter().map(|one| one.object).collect();
    let mut snapshot = Snapshot::live();
    for kind in resource::ALL {
        let own = objects.iter().filter(|object| object.is(kind)).cloned().collect();
        snapshot.add_read(kind, Scope::Cluster, Read::Complete, own);
    }
    for (process, namespace, pod) in [
        (Process::Agent, "fin", "a-0"),
        (Process::Scheduler, "seldon-system", "seldon-scheduler-0"),
        (Process::Operator, "seldon-system", "operator"),
    ] {
        let excerpt = read(process, [log]);
        let middle = usize::from(log.first().copied().unwrap_or_default()).min(log.len());
        let (start, end) = log.split_at(middle);
        assert_eq!(read(process, [start, end]), excerpt, "{process:?} depends on where its log is cut");
        let saved = serde_json::to_string(&excerpt).unwrap();
        assert_eq!(serde_json::from_str::<Excerpt>(&saved).unwrap(), excerpt, "{process:?} is not read back");
        let log = ContainerLog { current: Reading::Read(excerpt), previous: None };
        snapshot.add_log(Container::new(namespace, pod, process), log);
    }
    let _ = run(RULES, &World::new(&snapshot, &ControlPlane::default(), &[]));
});

fn read<const N: usize>(process: Process, pieces: [&[u8]; N]) -> Excerpt {
    let mut reader = Reader::new(process);
    pieces.into_iter().for_each(|piece| reader.push(piece));
    reader.finish(Start::Kept, End::Now)
}

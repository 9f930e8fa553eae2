module kubectl-seldon.test/kubelet

go 1.25.0

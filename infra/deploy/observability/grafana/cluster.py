"""Kubernetes and the nodes under it."""

from typing import Final

from infra.deploy.observability.grafana.panels import (
    CHOSEN,
    IN_ENVIRONMENT,
    RATE,
    Board,
    Limits,
    Panel,
    Query,
    Row,
)

_PODS: Final = f'{IN_ENVIRONMENT}, namespace=~"taskwire.*"'
_USE: Final = Limits(warning=0.7, critical=0.9)


def _node_rate(metric: str, matchers: str) -> str:
    return f"sum by (instance) (rate({metric}{{{CHOSEN}, {matchers}}}[{RATE}]))"


_WORKLOADS: Final = Row(
    title="Workloads",
    panels=[
        Panel(
            title="Replicas that are missing",
            description="Wanted and not available, by deployment.",
            unit="short",
            queries=[
                Query(
                    expr=f"kube_deployment_spec_replicas{{{_PODS}}}"
                    f" - kube_deployment_status_replicas_available{{{_PODS}}}",
                    legend="{{namespace}} {{deployment}}",
                )
            ],
            alerts=["KubernetesRolloutStuck", "ServiceDown"],
            limits=Limits(warning=1, critical=2),
        ),
        Panel(
            title="Restarts",
            description="Within the last hour, by container.",
            unit="short",
            queries=[
                Query(
                    expr="sum by (pod, container) "
                    f"(increase(kube_pod_container_status_restarts_total{{{_PODS}}}[1h]))",
                    legend="{{pod}} {{container}}",
                )
            ],
            alerts=["PodCrashLooping", "ServiceRestarting"],
        ),
        Panel(
            title="Pods by phase",
            description="Pending pods wait for room.",
            unit="short",
            queries=[
                Query(expr=f"sum by (phase) (kube_pod_status_phase{{{_PODS}}})", legend="{{phase}}")
            ],
            is_stacked=True,
        ),
        Panel(
            title="CPU, of the limit",
            description="By container. Beyond the limit it is throttled.",
            unit="percentunit",
            queries=[
                Query(expr=f"container:cpu:used_ratio{{{_PODS}}}", legend="{{pod}} {{container}}")
            ],
            alerts=["ContainerCpuHigh"],
            limits=_USE,
        ),
        Panel(
            title="Memory, of the limit",
            description="By container. At the limit it is killed.",
            unit="percentunit",
            queries=[
                Query(
                    expr=f"container:memory:used_ratio{{{_PODS}}}", legend="{{pod}} {{container}}"
                )
            ],
            alerts=["ContainerMemoryHigh"],
            limits=_USE,
        ),
        Panel(
            title="Autoscaler",
            description="The replicas that are wanted, and the most that are allowed.",
            unit="short",
            queries=[
                Query(
                    expr=f"kube_horizontalpodautoscaler_status_desired_replicas{{{_PODS}}}",
                    legend="wanted {{horizontalpodautoscaler}}",
                ),
                Query(
                    expr=f"kube_horizontalpodautoscaler_spec_max_replicas{{{_PODS}}}",
                    legend="most {{horizontalpodautoscaler}}",
                ),
            ],
        ),
    ],
)

_NODES: Final = Row(
    title="Nodes",
    panels=[
        Panel(
            title="CPU",
            description="The share of all cores in use.",
            unit="percentunit",
            queries=[
                Query(expr=f"instance:node_cpu:used_ratio{{{CHOSEN}}}", legend="{{instance}}")
            ],
            alerts=["NodeCpuHigh"],
            limits=_USE,
        ),
        Panel(
            title="Memory",
            description="The share that is not available.",
            unit="percentunit",
            queries=[
                Query(expr=f"instance:node_memory:used_ratio{{{CHOSEN}}}", legend="{{instance}}")
            ],
            alerts=["NodeMemoryHigh"],
            limits=_USE,
        ),
        Panel(
            title="Disk",
            description="The share in use, by mount point.",
            unit="percentunit",
            queries=[
                Query(
                    expr=f"instance:node_filesystem:used_ratio{{{CHOSEN}}}",
                    legend="{{instance}} {{mountpoint}}",
                )
            ],
            alerts=["NodeDiskHigh", "DiskFillsWithinDay"],
            limits=_USE,
        ),
        Panel(
            title="Load, per core",
            description="Above 1, threads wait for a core.",
            unit="short",
            queries=[
                Query(
                    expr=f"node_load5{{{CHOSEN}}} / count by (environment, job, instance) "
                    f'(node_cpu_seconds_total{{{CHOSEN}, mode="idle"}})',
                    legend="{{instance}}",
                )
            ],
            alerts=["NodeCpuHigh"],
            limits=Limits(warning=1, critical=2),
        ),
        Panel(
            title="Network",
            description="Received and sent, without the loopback.",
            unit="Bps",
            queries=[
                Query(
                    expr=_node_rate("node_network_receive_bytes_total", 'device!="lo"'),
                    legend="in {{instance}}",
                ),
                Query(
                    expr=_node_rate("node_network_transmit_bytes_total", 'device!="lo"'),
                    legend="out {{instance}}",
                ),
            ],
        ),
        Panel(
            title="Disk time",
            description="The share of time in which a disk was busy.",
            unit="percentunit",
            queries=[
                Query(
                    expr="max by (instance, device) "
                    f"(rate(node_disk_io_time_seconds_total{{{CHOSEN}}}[{RATE}]))",
                    legend="{{instance}} {{device}}",
                )
            ],
            limits=_USE,
        ),
    ],
)

_MONITORING: Final = Row(
    title="The watchers",
    panels=[
        Panel(
            title="Targets that are down",
            description="By job.",
            unit="short",
            queries=[Query(expr=f"count by (job) (up{{{IN_ENVIRONMENT}}} == 0)", legend="{{job}}")],
            alerts=["ExporterDown", "InstanceDown"],
            limits=Limits(warning=1, critical=2),
        ),
        Panel(
            title="Days until certificates end",
            description="By address.",
            unit="d",
            queries=[
                Query(
                    expr=f"(probe_ssl_earliest_cert_expiry{{{IN_ENVIRONMENT}}} - time()) / 86400",
                    legend="{{instance}}",
                )
            ],
            alerts=["CertificateExpiring"],
            limits=Limits(warning=21, critical=3, is_floor=True),
        ),
        Panel(
            title="Firing alerts",
            description="By severity.",
            unit="short",
            queries=[
                Query(
                    expr="count by (severity) "
                    f'(ALERTS{{alertstate="firing", severity!="none", {IN_ENVIRONMENT}}})',
                    legend="{{severity}}",
                )
            ],
            is_stacked=True,
        ),
    ],
)

BOARD: Final = Board(
    uid="taskwire-cluster",
    title="Taskwire / Kubernetes and nodes",
    description="Workloads, the machines they run on, and the monitoring itself.",
    rows=[_WORKLOADS, _NODES, _MONITORING],
)

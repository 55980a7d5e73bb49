{{- define "taskwire.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag }}{{ end }}
{{- end -}}
{{- end }}

{{- /* The settings that are no secrets. */ -}}
{{- define "taskwire.config" -}}
{{- $data := dict
  "FORWARDED_ALLOW_IPS" (.Values.istio.enabled | ternary "127.0.0.6" .Values.network.vpcCidr)
  "TASKWIRE_ALLOWED_ORIGINS" (printf "https://%s" .Values.host)
  "TASKWIRE_DATABASE_POOL_SIZE" (toString .Values.config.databasePoolSize)
  "TASKWIRE_DATA_DIR" "/tmp/taskwire"
  "TASKWIRE_DRAIN_NOTICE_SECONDS" "0"
  "TASKWIRE_ENVIRONMENT" .Values.environment
  "TASKWIRE_HOST" "0.0.0.0"
  "TASKWIRE_KAFKA_AWS_REGION" .Values.aws.region
  "TASKWIRE_KAFKA_SASL_MECHANISM" "OAUTHBEARER"
  "TASKWIRE_KAFKA_SECURITY_PROTOCOL" "SASL_SSL"
  "TASKWIRE_LOG_LEVEL" .Values.config.logLevel
  "TASKWIRE_METRICS_PORT" "9100"
  "TASKWIRE_PORT" "8000"
  "TASKWIRE_WEB_WORKERS" "1" -}}
{{- with .Values.config.otelEndpoint }}{{ $_ := set $data "OTEL_EXPORTER_OTLP_ENDPOINT" . }}{{ end -}}
{{- toYaml $data -}}
{{- end }}

{{- /* What runs the pods of a process. Arguments: root, name. */ -}}
{{- define "taskwire.controller" -}}
{{- if and (eq .name "web") (ne .root.Values.strategy "rolling") -}}
apiVersion: argoproj.io/v1alpha1
kind: Rollout
{{- else -}}
apiVersion: apps/v1
kind: Deployment
{{- end }}
name: {{ .name }}
{{- end }}

{{- /* The pods of a process. Arguments: root, name, command, values. */ -}}
{{- define "taskwire.pod" -}}
metadata:
  labels:
    app.kubernetes.io/name: taskwire
    app.kubernetes.io/component: {{ .name }}
    app.kubernetes.io/part-of: taskwire
    {{- if and .root.Values.istio.enabled (eq .name "migrate") }}
    # A job ends when its process does, not when a sidecar would.
    sidecar.istio.io/inject: "false"
    {{- end }}
  {{- if ne .name "migrate" }}
  annotations:
    # A change of the settings rolls the pods.
    checksum/config: {{ include "taskwire.config" .root | sha256sum }}
  {{- end }}
spec:
  serviceAccountName: {{ .name }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- if eq .name "migrate" }}
  restartPolicy: Never
  {{- end }}
  terminationGracePeriodSeconds: {{ eq .name "web" | ternary 60 30 }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001
    seccompProfile:
      type: RuntimeDefault
  {{- if ne .name "migrate" }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: topology.kubernetes.io/zone
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          app.kubernetes.io/name: taskwire
          app.kubernetes.io/component: {{ .name }}
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          app.kubernetes.io/name: taskwire
          app.kubernetes.io/component: {{ .name }}
  {{- end }}
  containers:
    - name: {{ .name }}
      image: {{ include "taskwire.image" .root }}
      command: [taskwire]
      args: [{{ .command }}]
      {{- if ne .name "migrate" }}
      ports:
        {{- if eq .name "web" }}
        - name: http
          containerPort: 8000
        {{- end }}
        - name: metrics
          containerPort: 9100
      {{- end }}
      envFrom:
        - configMapRef:
            name: taskwire-config
      env:
        - name: TASKWIRE_DATABASE_URL
          valueFrom:
            secretKeyRef:
              name: taskwire
              key: database-url
        - name: TASKWIRE_REDIS_URL
          valueFrom:
            secretKeyRef:
              name: taskwire
              key: redis-url
        - name: TASKWIRE_KAFKA_BOOTSTRAP
          valueFrom:
            secretKeyRef:
              name: taskwire
              key: kafka-bootstrap
        - name: TASKWIRE_SECRET_KEY
          valueFrom:
            secretKeyRef:
              name: taskwire
              key: secret-key
      resources:
        requests:
          cpu: {{ dig "requests" "cpu" "100m" .values }}
          memory: {{ dig "requests" "memory" "128Mi" .values }}
        limits:
          cpu: 1000m
          memory: 1Gi
      {{- if ne .name "migrate" }}
      startupProbe:
        httpGet:
          path: /startupz
          port: {{ eq .name "web" | ternary "http" "metrics" }}
        periodSeconds: 2
        timeoutSeconds: 3
        failureThreshold: 30
      readinessProbe:
        httpGet:
          path: /readyz
          port: {{ eq .name "web" | ternary "http" "metrics" }}
        periodSeconds: 5
        timeoutSeconds: 3
        failureThreshold: 2
      livenessProbe:
        httpGet:
          path: /livez
          port: {{ eq .name "web" | ternary "http" "metrics" }}
        periodSeconds: 10
        timeoutSeconds: 3
        failureThreshold: 6
      {{- end }}
      {{- if eq .name "web" }}
      lifecycle:
        preStop:
          # Meanwhile the load balancer stops sending new connections here. SIGTERM comes
          # after it, and the server sends its websockets away, spread over some time.
          sleep:
            seconds: 15
      {{- end }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
      volumeMounts:
        - name: database-ca
          mountPath: /etc/taskwire/database
          readOnly: true
        - name: tmp
          mountPath: /tmp
  volumes:
    # database-url names the file.
    - name: database-ca
      secret:
        secretName: taskwire
        items:
          - key: database-ca
            path: ca.pem
    - name: tmp
      emptyDir:
        sizeLimit: 64Mi
{{- end }}

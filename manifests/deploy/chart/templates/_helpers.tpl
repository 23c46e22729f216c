{{- define "stagelock.image" -}}
{{- $tag := .Values.image.tag | default .Chart.AppVersion -}}
{{ .Values.image.repository }}{{ ternary "@" ":" (hasPrefix "sha256:" $tag) }}{{ $tag }}
{{- end -}}

{{/* Setting: key of the Secret. What set-up has yet to make is not asked for. */}}
{{- define "stagelock.secrets" -}}
STAGELOCK_DATABASE_URL: database-url
{{- if not .Values.setup }}
STAGELOCK_PRIVATE_KEY: app-key
STAGELOCK_WEBHOOK_SECRET: webhook-secret
{{- end }}
{{- with .Values.secretSettings }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* A Deployment of ours. Takes: root, part, args, ports and probes (YAML). */}}
{{- define "stagelock.deployment" -}}
{{- $root := .root -}}
{{- $name := $root.Release.Name -}}
{{- $values := $root.Values -}}
{{- $process := index $values .part -}}
{{- $secrets := include "stagelock.secrets" $root | fromYaml -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}-{{ .part }}
  labels: {app: {{ $name | quote }}, part: {{ .part }}}
spec:
  replicas: {{ if $values.setup }}{{ ternary 1 0 (eq .part "web") }}{{ else }}{{ $process.replicas }}{{ end }}
  selector:
    matchLabels: {app: {{ $name | quote }}, part: {{ .part }}}
  template:
    metadata:
      labels: {app: {{ $name | quote }}, part: {{ .part }}}
    spec:
      automountServiceAccountToken: false
      # Else a service called stagelock would set STAGELOCK_PORT to tcp://...
      enableServiceLinks: false
      terminationGracePeriodSeconds: 30
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        runAsGroup: 10001
        fsGroup: 10001
        seccompProfile: {type: RuntimeDefault}
      {{- with $values.image.pullSecrets }}
      imagePullSecrets: {{ toJson . }}
      {{- end }}
      {{- with $values.nodeSelector }}
      nodeSelector: {{ toJson . }}
      {{- end }}
      {{- with $values.tolerations }}
      tolerations: {{ toJson . }}
      {{- end }}
      initContainers:
        - name: migrate # all pods may do so at once
          args: [migrate]
          {{- include "stagelock.container" . | nindent 10 }}
      containers:
        - name: {{ .part }}
          args: {{ toJson .args }}
          {{- include "stagelock.container" . | nindent 10 }}
          {{- .ports | nindent 10 }}
      volumes:
        # Mirrors can be fetched again: a lost volume costs time, nothing else.
        - {name: data, emptyDir: {}}
        - {name: tmp, emptyDir: {}}
        - name: secrets
          secret:
            secretName: {{ $values.existingSecret | quote }}
            defaultMode: 0440
            items:
              {{- range $key := values $secrets | uniq | sortAlpha }}
              - {key: {{ $key | quote }}, path: {{ $key | quote }}}
              {{- end }}
{{- end -}}

{{- define "stagelock.container" -}}
{{- $values := .root.Values -}}
image: {{ include "stagelock.image" .root | quote }}
imagePullPolicy: {{ $values.image.pullPolicy }}
env:
  {{- if not $values.setup }}
  - name: STAGELOCK_APP_ID
    valueFrom: {secretKeyRef: {name: {{ $values.existingSecret | quote }}, key: app-id}}
  {{- end }}
  {{- range $setting, $key := include "stagelock.secrets" .root | fromYaml }}
  - {name: {{ $setting }}_FILE, value: {{ printf "/run/secrets/stagelock/%s" $key | quote }}}
  {{- end }}
  - {name: STAGELOCK_PUBLIC_URL, value: {{ printf "https://%s" $values.host | quote }}}
  {{- if eq .part "work" }}
  - {name: STAGELOCK_METRICS_ADDRESS, value: "0.0.0.0:9090"}
  {{- end }}
  {{- range $setting, $value := $values.settings }}
  - {name: {{ $setting }}, value: {{ $value | quote }}}
  {{- end }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
resources: {{ toJson (index $values .part).resources }}
volumeMounts:
  - {name: data, mountPath: /data}
  - {name: tmp, mountPath: /tmp}
  - {name: secrets, mountPath: /run/secrets/stagelock, readOnly: true}
{{- end -}}

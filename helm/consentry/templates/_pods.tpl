{{/* What pods have in common. All fit the restricted profile of the Pod Security Standards. */}}

{{- define "consentry.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "consentry.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* Metadata of a pod. Takes a list: the root, the component, annotations as YAML. */}}
{{- define "consentry.podMetadata" -}}
{{- $root := index . 0 -}}
labels:
  {{- include "consentry.labels" . | nindent 2 }}
  {{- with $root.Values.pods.labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with merge (index . 2 | fromYaml) $root.Values.pods.annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The part of a pod's spec that does not depend on what runs in it. Takes a list: the root, the account. */}}
{{- define "consentry.podSpec" -}}
{{- $root := index . 0 -}}
serviceAccountName: {{ index . 1 }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  {{- include "consentry.podSecurity" $root | nindent 2 }}
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with $root.Values.pods }}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{- define "consentry.affinity" -}}
{{- with .Values.pods.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Pods of one kind on different zones and nodes. Takes a list: the root, the component. */}}
{{- define "consentry.spread" -}}
{{- $pods := (index . 0).Values.pods }}
{{- with $pods.topologySpread.keys }}
topologySpreadConstraints:
  {{- range . }}
  - topologyKey: {{ . }}
    maxSkew: 1
    whenUnsatisfiable: {{ $pods.topologySpread.whenUnsatisfiable }}
    labelSelector:
      matchLabels:
        {{- include "consentry.selector" $ | nindent 8 }}
    matchLabelKeys: [pod-template-hash]
  {{- end }}
{{- end }}
{{- end }}

{{/* A container of our image, without its command. */}}
{{- define "consentry.container" -}}
image: {{ include "consentry.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  {{- include "consentry.containerSecurity" . | nindent 2 }}
{{- end }}

{{- define "consentry.mounts" -}}
- name: tmp
  mountPath: /tmp
{{- if eq .Values.database.kind "sqlite" }}
- name: data
  mountPath: /data
{{- end }}
{{- with .Values.pods.volumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "consentry.volumes" -}}
- name: tmp
  emptyDir: {sizeLimit: 256Mi}
{{- if eq .Values.database.kind "sqlite" }}
- name: data
  persistentVolumeClaim:
    claimName: {{ default (printf "%s-data" (include "consentry.fullname" .)) .Values.database.sqlite.existingClaim }}
{{- end }}
{{- with .Values.pods.volumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* What a running container reads: the ConfigMap and the Secret. */}}
{{- define "consentry.environment" -}}
envFrom:
  - configMapRef:
      name: {{ include "consentry.fullname" . }}
env:
  {{- include "consentry.secretEnv" (list . (include "consentry.secret" .) false) | nindent 2 }}
{{- end }}

{{/* Annotations that differ after a new setting or secret, so that the pods start anew. */}}
{{- define "consentry.checksums" -}}
checksum/settings: {{ include "consentry.settings" . | sha256sum }}
{{ include "consentry.secretChecksum" . }}
{{- end }}

{{- define "consentry.secretChecksum" -}}
{{- if eq .Values.secrets.source "values" }}
checksum/secret: {{ include "consentry.secretData" . | sha256sum }}
{{- end }}
{{- end }}

{{/* Migrates before a pod starts; safe in many pods at once. */}}
{{- define "consentry.migrateFirst" -}}
{{- if eq (include "consentry.migratesInPod" .) "true" }}
initContainers:
  - name: migrate
    {{- include "consentry.container" . | nindent 4 }}
    args: [migrate]
    {{- include "consentry.environment" . | nindent 4 }}
    resources:
      {{- toYaml .Values.migrate.resources | nindent 6 }}
    volumeMounts:
      {{- include "consentry.mounts" . | nindent 6 }}
{{- end }}
{{- end }}

{{/* Names and labels. */}}

{{- define "consentry.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{/* At most 45 characters: with a suffix a CronJob and a StatefulSet may have 52, a Cluster 50. */}}
{{- define "consentry.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 45 | trimSuffix "-" }}
{{- else if contains (include "consentry.name" .) .Release.Name }}
{{- .Release.Name | trunc 45 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "consentry.name" .) | trunc 45 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "consentry.image" -}}
{{- with .Values.image }}
{{- .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ default $.Chart.AppVersion .tag }}{{ end }}
{{- end }}
{{- end }}

{{/* What selects all pods of a release. */}}
{{- define "consentry.ours" -}}
app.kubernetes.io/name: {{ include "consentry.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* What selects one kind of pod. Takes a list: the root, the component. */}}
{{- define "consentry.selector" -}}
{{- include "consentry.ours" (index . 0) }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* Labels of anything. Takes a list: the root, the component. */}}
{{- define "consentry.labels" -}}
{{- include "consentry.selector" . }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
helm.sh/chart: {{ printf "%s-%s" (index . 0).Chart.Name (index . 0).Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "consentry.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "consentry.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* The Secret that all pods but the migration hook read. */}}
{{- define "consentry.secret" -}}
{{- if eq .Values.secrets.source "existing" }}
{{- .Values.secrets.name }}
{{- else }}
{{- default (include "consentry.fullname" .) .Values.secrets.name }}
{{- end }}
{{- end }}

{{/* The base host without its port. */}}
{{- define "consentry.host" -}}
{{- (urlParse .Values.baseUrl).hostname }}
{{- end }}

{{/* "true" if people come by https. */}}
{{- define "consentry.https" -}}
{{- hasPrefix "https://" .Values.baseUrl }}
{{- end }}

{{- define "consentry.tlsSecret" -}}
{{- default (printf "%s-tls" (include "consentry.fullname" .)) .Values.tls.secretName }}
{{- end }}

{{/* Secret of a custom domain's certificate. Takes a list: the root, the domain. */}}
{{- define "consentry.domainSecret" -}}
{{- $domain := index . 1 }}
{{- if $domain.tlsSecret }}
{{- $domain.tlsSecret }}
{{- else }}
{{- printf "%s-%s" (include "consentry.fullname" (index . 0) | trunc 24) (include "consentry.domainName" $domain) }}
{{- end }}
{{- end }}

{{/* A custom domain as part of a resource's name: readable, and two never alike. */}}
{{- define "consentry.domainName" -}}
{{- printf "%s-%s" (.host | replace "." "-" | trunc 24 | trimSuffix "-") (sha256sum .host | trunc 8) }}
{{- end }}

{{/* Annotation that asks cert-manager for a certificate. Takes a list: the root, the issuer. */}}
{{- define "consentry.issuer" -}}
{{- $issuer := index . 1 }}
{{- if and $issuer.name (eq (include "consentry.https" (index . 0)) "true") }}
{{- eq (default "ClusterIssuer" $issuer.kind) "Issuer" | ternary "cert-manager.io/issuer" "cert-manager.io/cluster-issuer" }}: {{ $issuer.name }}
{{- end }}
{{- end }}

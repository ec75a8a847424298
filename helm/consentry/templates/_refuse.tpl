{{/* Values that fit their types and yet cannot work together. Each fails with one line. */}}

{{- define "consentry.refuse" -}}
{{- with .Values }}
{{- if not .baseUrl }}
{{- fail "baseUrl: say where people reach Consentry, such as https://id.example.com" }}
{{- end }}
{{- include "consentry.refuseSecrets" . }}
{{- include "consentry.refuseDatabase" . }}
{{- include "consentry.refuseExposure" . }}
{{- if and .serve.autoscaling.enabled (gt (int .serve.autoscaling.minReplicas) (int .serve.autoscaling.maxReplicas)) }}
{{- fail "serve.autoscaling: minReplicas is above maxReplicas" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "consentry.refuseSecrets" -}}
{{- $secrets := .secrets }}
{{- if and (eq $secrets.source "existing") (not $secrets.name) }}
{{- fail "secrets.name: name the Secret that holds secret-key, or choose another secrets.source" }}
{{- end }}
{{- if and (eq $secrets.source "external") (not (and $secrets.external.store.name $secrets.external.remoteKey)) }}
{{- fail "secrets.external: store.name and remoteKey say where the secrets are" }}
{{- end }}
{{- if eq $secrets.source "values" }}
{{- $given := $secrets.values }}
{{- if not $given.secretKey }}
{{- fail "secrets.values.secretKey: give the root key; it is not made here, because a new one opens nothing" }}
{{- end }}
{{- if and (eq .database.kind "postgresql") (not $given.databaseUrl) }}
{{- fail "secrets.values.databaseUrl: database.kind postgresql needs it" }}
{{- end }}
{{- if and .database.separateMigrator (not $given.migrationDatabaseUrl) }}
{{- fail "secrets.values.migrationDatabaseUrl: database.separateMigrator needs it" }}
{{- end }}
{{- if and (eq .redis.kind "external") (not $given.redisUrl) }}
{{- fail "secrets.values.redisUrl: redis.kind external needs it" }}
{{- end }}
{{- if and (eq .redis.kind "valkey") (not $given.valkeyPassword) }}
{{- fail "secrets.values.valkeyPassword: redis.kind valkey needs it" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "consentry.refuseDatabase" -}}
{{- if eq .database.kind "sqlite" }}
{{- if ne .redis.kind "none" }}
{{- fail "redis.kind: a worker cannot open the SQLite file of another pod; use PostgreSQL, or none" }}
{{- end }}
{{- if or (gt (int .serve.replicas) 1) .serve.autoscaling.enabled }}
{{- fail "serve.replicas: SQLite serves from one pod; set 1 and no autoscaling, or use PostgreSQL" }}
{{- end }}
{{- if gt (int .serve.workers) 1 }}
{{- fail "serve.workers: SQLite serves from one process; set 1, or use PostgreSQL" }}
{{- end }}
{{- end }}
{{- if and .database.separateMigrator (ne .database.kind "postgresql") }}
{{- fail "database.separateMigrator: only database.kind postgresql has two roles" }}
{{- end }}
{{- end }}

{{- define "consentry.refuseExposure" -}}
{{- $gateway := .expose.gateway }}
{{- if eq .expose.kind "gateway" }}
{{- if and $gateway.create (not $gateway.className) }}
{{- fail "expose.gateway.className: a Gateway that is made here needs its class" }}
{{- end }}
{{- if not (or $gateway.create $gateway.parentRefs) }}
{{- fail "expose.gateway.parentRefs: name the Gateway to attach to, or set create" }}
{{- end }}
{{- if and .tls.issuer.name (not $gateway.create) }}
{{- fail "tls.issuer: a Gateway of yours asks for its certificates itself; leave it empty" }}
{{- end }}
{{- /* A Gateway has at most 64 listeners; three are for the base host and its tenants. */}}
{{- if and $gateway.create (gt (len .customDomains) 61) }}
{{- fail "customDomains: a Gateway that is made here has room for 61; bring one of yours" }}
{{- end }}
{{- end }}
{{- $hosts := list }}
{{- range .customDomains }}
{{- if has .host $hosts }}
{{- fail (printf "customDomains: %s is there twice" .host) }}
{{- end }}
{{- $hosts = append $hosts .host }}
{{- if and .issuer (eq $.expose.kind "gateway") }}
{{- fail (printf "customDomains: %s cannot have an issuer of its own; a Gateway has one, tls.issuer" .host) }}
{{- end }}
{{- end }}
{{- end }}

{{/* What a process reads: settings that are no secret, and where the secrets are. */}}

{{/* Settings that are no secret, as a map of strings. */}}
{{- define "consentry.settings" -}}
{{- $all := dict "CONSENTRY_BASE_URL" .Values.baseUrl "CONSENTRY_METRICS" "address" }}
{{- if eq .Values.database.kind "sqlite" }}
{{- $_ := set $all "CONSENTRY_DATABASE_URL" "sqlite:////data/consentry.db" }}
{{- end }}
{{- range $name, $value := .Values.settings }}
{{- /* A number of a values file is a float, and would be written as 3.456e+07. */}}
{{- $text := kindIs "float64" $value | ternary (toString (int64 $value)) (toString $value) }}
{{- $_ := set $all (printf "CONSENTRY_%s" (upper $name)) $text }}
{{- end }}
{{- toYaml $all }}
{{- end }}

{{/* One variable out of a Secret. Takes a list: variable, Secret, key, whether it may be absent. */}}
{{- define "consentry.fromSecret" -}}
- name: {{ index . 0 }}
  valueFrom:
    secretKeyRef:
      name: {{ index . 1 }}
      key: {{ index . 2 }}
      {{- if index . 3 }}
      optional: true
      {{- end }}
{{- end }}

{{/* Variables that are secret. Takes a list: the root, the Secret, whether it is the migration. */}}
{{- define "consentry.secretEnv" -}}
{{- $root := index . 0 }}
{{- $secret := index . 1 }}
{{- $migrates := index . 2 }}
{{- if eq $root.Values.database.kind "postgresql" }}
{{- $key := and $migrates $root.Values.database.separateMigrator | ternary "migration-database-url" "database-url" }}
{{- include "consentry.fromSecret" (list "CONSENTRY_DATABASE_URL" $secret $key false) }}
{{- else if eq $root.Values.database.kind "cloudnativepg" }}
{{- include "consentry.fromSecret" (list "CONSENTRY_DATABASE_URL" (printf "%s-db-app" (include "consentry.fullname" $root)) "uri" false) }}
{{- end }}
{{- /* Whoever owns the tables does not open what is sealed in them. */}}
{{- if not $migrates }}
{{ include "consentry.fromSecret" (list "CONSENTRY_SECRET_KEY" $secret "secret-key" false) }}
{{- if eq $root.Values.redis.kind "external" }}
{{ include "consentry.fromSecret" (list "CONSENTRY_REDIS_URL" $secret "redis-url" false) }}
{{- else if eq $root.Values.redis.kind "valkey" }}
{{ include "consentry.fromSecret" (list "VALKEY_PASSWORD" $secret "valkey-password" false) }}
- name: CONSENTRY_REDIS_URL
  value: redis://:$(VALKEY_PASSWORD)@{{ include "consentry.fullname" $root }}-valkey:6379/0
{{- end }}
{{ include "consentry.fromSecret" (list "CONSENTRY_OPERATOR_PASSWORD" $secret "operator-password" true) }}
{{ include "consentry.fromSecret" (list "CONSENTRY_MAIL_URL" $secret "mail-url" true) }}
{{- end }}
{{- with $root.Values.pods.env }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The keys a Secret has, from values; what is empty is left out. */}}
{{- define "consentry.secretData" -}}
{{- $given := dict }}
{{- range $key, $name := dict "secret-key" "secretKey" "operator-password" "operatorPassword" "database-url" "databaseUrl" "migration-database-url" "migrationDatabaseUrl" "mail-url" "mailUrl" "redis-url" "redisUrl" "valkey-password" "valkeyPassword" }}
{{- with get $.Values.secrets.values $name }}
{{- $_ := set $given $key . }}
{{- end }}
{{- end }}
{{- toYaml $given }}
{{- end }}

{{/* "true" if each pod migrates before it starts: the database is not there before the release. */}}
{{- define "consentry.migratesInPod" -}}
{{- ne .Values.database.kind "postgresql" }}
{{- end }}

{{/* Every property of one remote key becomes a key of the Secret. Takes a list: the root, the Secret. */}}
{{- define "consentry.externalSecret" -}}
{{- $external := (index . 0).Values.secrets.external -}}
refreshInterval: {{ $external.refreshInterval }}
secretStoreRef:
  name: {{ $external.store.name }}
  kind: {{ $external.store.kind }}
target:
  name: {{ index . 1 }}
  creationPolicy: Owner
dataFrom:
  - extract:
      key: {{ $external.remoteKey }}
{{- end }}

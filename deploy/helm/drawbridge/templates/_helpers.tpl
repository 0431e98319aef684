{{- define "drawbridge.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{/* Short enough for the longest suffix, "-migrate-secret". */}}
{{- define "drawbridge.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains (include "drawbridge.name" .) .Release.Name }}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "drawbridge.name" .) | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "drawbridge.selector" -}}
app.kubernetes.io/name: {{ include "drawbridge.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Labels of every object. */}}
{{- define "drawbridge.labels" -}}
{{ include "drawbridge.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | trunc 63 | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* Name, namespace and labels. Parameters: (dict "root" $ "suffix" "-web" "component" "web"); the last two are optional, and "name" replaces the whole name. */}}
{{- define "drawbridge.metadata" -}}
name: {{ .name | default (printf "%s%s" (include "drawbridge.fullname" .root) (.suffix | default "")) }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "drawbridge.labels" .root | nindent 2 }}
  {{- with .component }}
  app.kubernetes.io/component: {{ . }}
  {{- end }}
{{- end }}

{{- define "drawbridge.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}
{{- end }}
{{- end }}

{{- define "drawbridge.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (.Values.serviceAccount.create | ternary (include "drawbridge.fullname" .) "default") }}
{{- end }}

{{- define "drawbridge.secret" -}}
{{- .Values.secret.name | default (include "drawbridge.fullname" .) }}
{{- end }}

{{/* The variables of the main Secret, as a YAML list. */}}
{{- define "drawbridge.secretKeys" -}}
{{- if not .Values.database.secretName }}
- DATABASE_URL
{{- end }}
{{- $direct := .Values.database.direct }}
{{- if and $direct.enabled (not $direct.secretName) }}
- DATABASE_DIRECT_URL
{{- end }}
- VERCEL_CLIENT_SECRET
- ENCRYPTION_KEYS
- OPERATOR_TOKENS
{{- range .Values.secret.extraKeys }}
{{- if not (and $direct.enabled (eq . "DATABASE_DIRECT_URL")) }}
- {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{/* The variables that External Secrets fetches. A single missing one would prevent all others, so operators' tokens are included only if required or named. */}}
{{- define "drawbridge.externalKeys" -}}
{{- $known := hasKey .Values.config "OPERATOR_OIDC_ISSUER" | ternary (hasKey .Values.externalSecret.refs "OPERATOR_TOKENS") true }}
{{- range include "drawbridge.secretKeys" . | fromYamlArray }}
{{- if or $known (ne . "OPERATOR_TOKENS") }}
- {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{/* Peers for every public address: not private, shared, link-local (which includes a cloud's metadata service), loopback or multicast. */}}
{{- define "drawbridge.public" -}}
- ipBlock:
    cidr: 0.0.0.0/0
    except:
      - 0.0.0.0/8
      - 10.0.0.0/8
      - 100.64.0.0/10
      - 127.0.0.0/8
      - 169.254.0.0/16
      - 172.16.0.0/12
      - 192.168.0.0/16
      - 224.0.0.0/4
- ipBlock:
    cidr: ::/0
    except:
      - ::1/128
      - fc00::/7
      - fe80::/10
      - ff00::/8
{{- end }}

{{- define "drawbridge.publicUrl" -}}
{{- if .Values.config.PUBLIC_URL }}
{{- .Values.config.PUBLIC_URL }}
{{- else if .Values.ingress.enabled }}
{{- printf "https://%s" .Values.ingress.host }}
{{- end }}
{{- end }}

{{/* The spec of an ExternalSecret. Parameters: (dict "root" $ "target" "the Secret's name" "keys" (list "DATABASE_URL")). */}}
{{- define "drawbridge.externalSecret" -}}
{{- $external := .root.Values.externalSecret }}
refreshInterval: {{ $external.refreshInterval }}
secretStoreRef:
  name: {{ required "externalSecret.store: set the name of the secret store" $external.store }}
  kind: {{ $external.storeKind }}
target:
  name: {{ .target }}
  creationPolicy: Owner
data:
  {{- range .keys }}
  - secretKey: {{ . }}
    remoteRef:
      {{- toYaml (get $external.refs . | default (dict "key" $external.key "property" .)) | nindent 6 }}
  {{- end }}
{{- end }}

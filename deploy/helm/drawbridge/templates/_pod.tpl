{{/* The requirements of the restricted Pod Security Standard for a pod, and for a container. */}}
{{- define "drawbridge.podSecurity" -}}
runAsNonRoot: true
{{- if not (kindIs "invalid" .Values.runAsUser) }}
runAsUser: {{ .Values.runAsUser | int64 }}
runAsGroup: {{ .Values.runAsUser | int64 }}
{{- end }}
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "drawbridge.containerSecurity" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* Parameters: (dict "name" "the Secret's name" "key" "its key"); "variable" replaces DATABASE_URL. */}}
{{- define "drawbridge.databaseEnv" -}}
- name: {{ .variable | default "DATABASE_URL" }}
  valueFrom:
    secretKeyRef:
      name: {{ .name }}
      key: {{ .key }}
{{- end }}

{{- define "drawbridge.env" -}}
{{- $root := .root }}
{{- $values := $root.Values }}
- name: NODE_ENV
  value: production
- name: ROLES
  value: {{ .roles }}
- name: PORT
  value: '3000'
- name: ACTIONS_FILE
  value: /etc/drawbridge/actions.yaml
{{- $url := include "drawbridge.publicUrl" $root }}
{{- range $name, $value := (empty $url | ternary $values.config (merge (dict "PUBLIC_URL" $url) $values.config)) }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- with $values.database.secretName }}
{{ include "drawbridge.databaseEnv" (dict "name" . "key" $values.database.secretKey) }}
{{- end }}
{{- with $values.database.direct }}
{{- if and .enabled .secretName }}
{{ include "drawbridge.databaseEnv" (dict "variable" "DATABASE_DIRECT_URL" "name" .secretName "key" .secretKey) }}
{{- end }}
{{- end }}
{{- range include "drawbridge.secretKeys" $root | fromYamlArray }}
- name: {{ . }}
  valueFrom:
    secretKeyRef:
      name: {{ include "drawbridge.secret" $root }}
      key: {{ . }}
      {{- if and (eq . "OPERATOR_TOKENS") (hasKey $values.config "OPERATOR_OIDC_ISSUER") }}
      optional: true
      {{- end }}
{{- end }}
{{- with $values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/*
The pod of a Deployment. Parameters: (dict "root" $ "component" "web" "roles" "web" "settings" .Values.web).
Probes wait longer than the 2 s in which the database must answer. The process ends by itself within 25 s of SIGTERM.
*/}}
{{- define "drawbridge.pod" -}}
{{- $values := .root.Values }}
{{- $preStop := .settings.preStopSeconds | default 0 | int }}
metadata:
  annotations:
    checksum/actions: {{ $values.actionsFile | sha256sum }}
    {{- if $values.secret.create }}
    checksum/secret: {{ $values.secret.data | toJson | sha256sum }}
    {{- end }}
    {{- with $values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  labels:
    {{- include "drawbridge.labels" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
    {{- with $values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "drawbridge.serviceAccount" .root }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ add 30 $preStop }}
  securityContext:
    {{- include "drawbridge.podSecurity" .root | nindent 4 }}
  {{- with $values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  {{- with $values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with $values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  topologySpreadConstraints:
    {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
    - maxSkew: 1
      topologyKey: {{ . }}
      whenUnsatisfiable: {{ $values.topologySpread.whenUnsatisfiable }}
      matchLabelKeys: [pod-template-hash]
      labelSelector:
        matchLabels:
          {{- include "drawbridge.selector" $.root | nindent 10 }}
          app.kubernetes.io/component: {{ $.component }}
    {{- end }}
  containers:
    - name: drawbridge
      image: {{ include "drawbridge.image" .root }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      securityContext:
        {{- include "drawbridge.containerSecurity" .root | nindent 8 }}
      env:
        {{- include "drawbridge.env" . | nindent 8 }}
      ports:
        - name: http
          containerPort: 3000
      startupProbe:
        httpGet: { path: /startupz, port: http }
        periodSeconds: 2
        timeoutSeconds: 3
        failureThreshold: 90
      readinessProbe:
        httpGet: { path: /readyz, port: http }
        periodSeconds: 5
        timeoutSeconds: 3
        failureThreshold: 2
      livenessProbe:
        httpGet: { path: /livez, port: http }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 3
      {{- if $preStop }}
      lifecycle:
        preStop:
          sleep:
            seconds: {{ $preStop }}
      {{- end }}
      resources:
        {{- toYaml .settings.resources | nindent 8 }}
      volumeMounts:
        - name: actions
          mountPath: /etc/drawbridge
          readOnly: true
        {{- with $values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: actions
      configMap:
        name: {{ include "drawbridge.fullname" .root }}-actions
    {{- with $values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}

{{/* A Deployment and its PodDisruptionBudget. Has the parameters of drawbridge.pod. */}}
{{- define "drawbridge.deployment" -}}
{{- $of := dict "root" .root "suffix" (printf "-%s" .component) "component" .component }}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "drawbridge.metadata" $of | nindent 2 }}
spec:
  {{- if not .settings.autoscaling.enabled }}
  replicas: {{ .settings.replicas }}
  {{- end }}
  revisionHistoryLimit: 5
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxUnavailable: 0
      maxSurge: 1
  selector:
    matchLabels:
      {{- include "drawbridge.selector" .root | nindent 6 }}
      app.kubernetes.io/component: {{ .component }}
  template:
    {{- include "drawbridge.pod" . | nindent 4 }}
{{- with .root.Values.podDisruptionBudget }}
{{- if .enabled }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "drawbridge.metadata" $of | nindent 2 }}
spec:
  maxUnavailable: {{ .maxUnavailable }}
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "drawbridge.selector" $.root | nindent 6 }}
      app.kubernetes.io/component: {{ $.component }}
{{- end }}
{{- end }}
{{- end }}

"""The addresses of the site in `helpdesk_site`: its letters name those of their tickets."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [path("admin/", admin.site.urls), path("", include("helpdesk.urls", namespace="helpdesk"))]

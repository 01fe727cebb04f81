"""The sample API of the demo."""

from django.urls import path

from config.demo.api import Orders

urlpatterns = [path("orders", Orders.as_view(), name="demo-orders")]

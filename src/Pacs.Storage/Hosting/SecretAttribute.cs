namespace Pacs.Storage.Hosting;

/// <summary>A setting whose value is told to nobody.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretAttribute : Attribute;

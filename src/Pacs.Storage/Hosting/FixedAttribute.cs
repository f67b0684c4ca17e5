namespace Pacs.Storage.Hosting;

/// <summary>A setting that REST shows and does not change: it is of one process, or has to be known before the database is.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class FixedAttribute : Attribute;

namespace Pacs.Storage.Hosting;

/// <summary>A setting, or all of a record, that is asked for where it matters: a change by REST is in force without a restart.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Class)]
public sealed class AtOnceAttribute : Attribute;

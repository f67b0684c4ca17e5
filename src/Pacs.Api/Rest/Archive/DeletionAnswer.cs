namespace Pacs.Api.Rest.Archive;

/// <summary>What was deleted.</summary>
/// <param name="Instances">How many there were.</param>
public sealed record DeletionAnswer(int Instances);

namespace Pacs.Api.Rest.Gateway;

/// <summary>What is to be uploaded now.</summary>
/// <param name="Objects">How many.</param>
internal sealed record RetryAnswer(int Objects);

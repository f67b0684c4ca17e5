namespace Pacs.Api.Rest.Peers;

/// <summary>What a C-ECHO to a peer came to.</summary>
/// <param name="AeTitle">The peer.</param>
/// <param name="Success">It answered 0000.</param>
/// <param name="Status">DIMSE status as four hexadecimal digits; null when there was no answer.</param>
/// <param name="Milliseconds">From connecting to the answer.</param>
/// <param name="Message">What to do when it failed.</param>
public sealed record EchoAnswer(string AeTitle, bool Success, string? Status, double Milliseconds, string Message);

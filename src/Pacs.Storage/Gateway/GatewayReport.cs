namespace Pacs.Storage.Gateway;

/// <summary>What came of one object.</summary>
/// <param name="Object">As it was found.</param>
/// <param name="State">What it is now: pending still, uploaded, verified, or an error.</param>
/// <param name="Message">For a person; empty when all is well.</param>
public sealed record GatewayReport(GatewayObject Object, GatewayObjectState State, string Message = "");

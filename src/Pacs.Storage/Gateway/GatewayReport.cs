namespace Pacs.Storage.Gateway;

/// <summary>What came of one object.</summary>
/// <param name="Object">As it was found.</param>
/// <param name="State">What it is now: pending still, uploaded, verified, or an error.</param>
/// <param name="Message">For a person; empty when all is well.</param>
/// <param name="IsDoubtful">The archive may have other bytes under its UID: it has to be read back before it counts as verified, whichever run comes to that.</param>
public sealed record GatewayReport(GatewayObject Object, GatewayObjectState State, string Message = "", bool IsDoubtful = false);

"""Running the shop: the staff's pages over all the other apps. Owns no rule of money, stock or bookings."""
